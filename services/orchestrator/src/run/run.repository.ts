import { type Actor, BatonError, type RunEvent, SYSTEM_ACTOR } from '@baton/contracts';
import {
  type Append,
  type EventStore,
  type IdempotencyRecord,
  type Outcome,
  type StreamRef,
} from '@baton/event-store';

import { conversationKeyId } from '../conversation/conversation.repository.js';
import { runDecider } from './run.decider.js';
import type { RunAppender } from './run-log.js';
import { runRow } from './run.projection.js';
import type { LiveRun, Run } from './run.state.js';

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
}

export const runRef = (tenantId: string, runId: string): StreamRef => ({
  tenantId,
  streamType: 'run',
  streamId: runId,
});

/** What is said in a conversation's run is the conversation's: one key, destroyed with it. */
export const runKeyId = (run: {
  readonly run_id: string;
  readonly conversation_id: string | null;
}): string => (run.conversation_id === null ? `run/${run.run_id}` : conversationKeyId(run.conversation_id));

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
      appends: [{ ...append, ...(commit.actor && { metadata: { actor: commit.actor } }) }],
      rows,
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
    private readonly store: Pick<EventStore, 'transact'>,
    private readonly nowIso: () => string,
  ) {
    this.version = loaded.version;
  }

  async append(events: readonly RunEvent[]): Promise<void> {
    const { state } = this.loaded;
    const outcome = await this.store.transact({
      tenantId: this.tenantId,
      now: this.nowIso(),
      appends: [
        {
          ref: runRef(this.tenantId, state.run_id),
          expectedVersion: this.version,
          events,
          metadata: { actor: SYSTEM_ACTOR },
          keyId: runKeyId(state),
        },
      ],
      // A run that takes more than one commit is worth listing while it runs.
      ...(!this.isListed && { rows: { runs: [runRow(this.tenantId, state)] } }),
    });
    if (outcome.kind !== 'committed')
      throw new BatonError('stale-owner', 'Another worker goes on with this run');
    this.version += events.length;
    this.isListed = true;
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
