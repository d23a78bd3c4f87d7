import { type Actor, BatonError, type RunEvent, SYSTEM_ACTOR } from '@baton/contracts';
import {
  type Append,
  type EventStore,
  type IdempotencyRecord,
  type Outcome,
  type TimerRequest,
} from '@baton/event-store';

import { bearsApproval, executionAppends } from '../approval/approval-executions.js';
import { ApprovalRepository } from '../approval/approval.repository.js';
import { runDecider } from './run.decider.js';
import type { RunAppender } from './run-log.js';
import { runKeyId, runRef } from './run-ref.js';
import { runRow } from './run.projection.js';
import type { LiveRun, Run } from './run.state.js';

/** The approval may have moved, which is no loss of the run: it is looked at again. */
const TRIES_WITH_APPROVAL = 3;

export interface LoadedRun {
  readonly state: Run;
  readonly version: number;
}

export interface RunCommit {
  readonly tenantId: string;
  readonly before: LoadedRun;
  readonly events: readonly RunEvent[];
  readonly now: string;
  readonly actor?: Actor;
  readonly idempotency?: readonly IdempotencyRecord[];
  /** What belongs to the same decision in other streams. */
  readonly with?: {
    readonly appends: readonly Append[];
    readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
    readonly timers: { readonly set: readonly TimerRequest[]; readonly cancel: readonly string[] };
  };
}

/** Runs in the log: the only file of this folder that stores them. */
export class RunRepository {
  constructor(
    private readonly store: Pick<EventStore, 'load' | 'transact'>,
    private readonly nowIso: () => string,
  ) {}

  /** @param keyId where it is known whose run it is: saves a look-up */
  load(tenantId: string, runId: string, keyId?: string): Promise<LoadedRun> {
    return this.store.load(runRef(tenantId, runId), runDecider, keyId === undefined ? {} : { keyId });
  }

  /** The run's part of a commit that others share. */
  append(tenantId: string, before: LoadedRun, events: readonly RunEvent[], now: string): RunAppend {
    const state = after(before.state, events, now);
    return {
      append: {
        ref: runRef(tenantId, state.run_id),
        expectedVersion: before.version,
        events,
        metadata: { actor: SYSTEM_ACTOR },
        keyId: runKeyId(state),
      },
      rows: { runs: [runRow(tenantId, state)] },
      state,
    };
  }

  async commit(commit: RunCommit): Promise<{ readonly outcome: Outcome; readonly state: LiveRun }> {
    const { append, rows, state } = this.append(commit.tenantId, commit.before, commit.events, commit.now);
    const outcome = await this.store.transact({
      tenantId: commit.tenantId,
      now: commit.now,
      ...(commit.idempotency && { idempotency: commit.idempotency }),
      appends: [
        { ...append, ...(commit.actor && { metadata: { actor: commit.actor } }) },
        ...(commit.with?.appends ?? []),
      ],
      rows: { ...commit.with?.rows, ...rows },
      ...(commit.with && { timers: commit.with.timers }),
    });
    return { outcome, state };
  }

  /** Where a worker that plays a run writes it; `version` grows with each write. */
  appender(
    tenantId: string,
    loaded: { readonly state: LiveRun; readonly version: number },
  ): CountingAppender {
    return new CountingAppender(tenantId, loaded, this.store, this.nowIso);
  }
}

export interface RunAppend {
  readonly append: Append;
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly state: LiveRun;
}

/** Writes a run's events behind each other, and finds out when somebody else did. */
export class CountingAppender implements RunAppender {
  version: number;
  private isListed = false;

  constructor(
    private readonly tenantId: string,
    private readonly loaded: { readonly state: LiveRun; readonly version: number },
    private readonly store: Pick<EventStore, 'load' | 'transact'>,
    private readonly nowIso: () => string,
  ) {
    this.version = loaded.version;
  }

  async append(events: readonly RunEvent[]): Promise<void> {
    const isBound = bearsApproval(events);
    for (let tries = isBound ? TRIES_WITH_APPROVAL : 1; tries > 0; tries -= 1) {
      if ((await this.write(events, isBound)) !== 'committed') continue;
      this.version += events.length;
      this.isListed = true;
      return;
    }
    throw new BatonError('stale-owner', 'Another worker goes on with this run');
  }

  private async write(events: readonly RunEvent[], isBound: boolean): Promise<Outcome['kind']> {
    const { state } = this.loaded;
    const now = this.nowIso();
    const approvals = isBound
      ? await executionAppends(
          this.tenantId,
          events,
          (id) => new ApprovalRepository(this.store).load(this.tenantId, id, runKeyId(state)),
          now,
        )
      : [];
    const { kind } = await this.store.transact({
      tenantId: this.tenantId,
      now,
      appends: [
        {
          ref: runRef(this.tenantId, state.run_id),
          expectedVersion: this.version,
          events,
          metadata: { actor: SYSTEM_ACTOR },
          keyId: runKeyId(state),
        },
        ...approvals.map(({ append }) => append),
      ],
      rows: {
        // A run that takes more than one commit is worth listing while it runs.
        ...(!this.isListed && { runs: [runRow(this.tenantId, state)] }),
        ...(approvals.length > 0 && { approvals: approvals.map(({ row }) => row) }),
      },
    });
    return kind;
  }
}

const after = (state: Run, events: readonly RunEvent[], now: string): LiveRun => {
  const evolved = events.reduce<Run>(
    (current, event) => runDecider.evolve(current, { ...event, occurred_at: now }),
    state,
  );
  if (evolved.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
  return evolved;
};
