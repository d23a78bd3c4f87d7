import { type Actor, type ApprovalEvent, BatonError } from '@baton/contracts';
import type { Append, EventStore, StreamRef } from '@baton/event-store';

import { runKeyId } from '../run/run-ref.js';
import { approvalDecider } from './approval.decider.js';
import { approvalRow } from './approval.projection.js';
import type { Approval, RequestedApproval } from './approval.state.js';
import { type TimerChanges, timersBetween } from './approval.timers.js';

export interface LoadedApproval {
  readonly state: Approval;
  readonly version: number;
}

/** An approval's part of a commit that others share. */
export interface ApprovalAppend {
  readonly append: Append;
  readonly events: readonly ApprovalEvent[];
  readonly row: Record<string, unknown>;
  readonly timers: TimerChanges;
  readonly state: RequestedApproval;
}

const refOf = (tenantId: string, approvalId: string): StreamRef => ({
  tenantId,
  streamType: 'approval',
  streamId: approvalId,
});

/** Approvals in the log. They change in commits with their run and its conversation, so this writes none of its own. */
export class ApprovalRepository {
  constructor(private readonly store: Pick<EventStore, 'load'>) {}

  load(tenantId: string, approvalId: string, keyId?: string): Promise<LoadedApproval> {
    return this.store.load(
      refOf(tenantId, approvalId),
      approvalDecider,
      keyId === undefined ? {} : { keyId },
    );
  }

  /** @throws BatonError `not-found` */
  async existing(
    tenantId: string,
    approvalId: string,
    keyId?: string,
  ): Promise<{ readonly state: RequestedApproval; readonly version: number }> {
    const { state, version } = await this.load(tenantId, approvalId, keyId);
    if (state.status === 'NONE') throw new BatonError('not-found', 'There is no such approval');
    return { state, version };
  }
}

/** One that nobody has asked for yet. */
export const NEW_APPROVAL: LoadedApproval = { state: approvalDecider.initialState(), version: 0 };

/** What events of an approval make of a commit. */
export const appendApproval = (
  tenantId: string,
  before: LoadedApproval,
  events: readonly ApprovalEvent[],
  now: string,
  actor: Actor,
): ApprovalAppend => {
  const state = events.reduce<Approval>(
    (current, event) => approvalDecider.evolve(current, { ...event, occurred_at: now }),
    before.state,
  );
  if (state.status === 'NONE') throw new BatonError('not-found', 'There is no such approval');
  return {
    events,
    append: {
      ref: refOf(tenantId, state.approval_id),
      expectedVersion: before.version,
      events,
      metadata: { actor },
      // What is planned in a conversation is the conversation's: one key, destroyed with it.
      keyId: runKeyId(state),
    },
    row: approvalRow(tenantId, state, before.version + events.length),
    timers: timersBetween(before.state, state),
    state,
  };
};
