import { createHash } from 'node:crypto';

import { type LlmCallEvent, llmCallRecorded, SYSTEM_ACTOR } from '@baton/contracts';
import { EventStore, type StreamRef } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { addMoney } from '../pricing/money.js';
import type { LedgerRow } from './ledger-row.js';
import { LedgerRepository, type OpenRequest, type OpenVerdict } from './ledger.repository.js';

/** What is known of a call while it is made: the attempts that no event has told of yet. */
export interface OpenCall {
  readonly reported: number;
  /** Attempts that a crash cut off. */
  readonly cutOff: number;
  readonly closed: readonly LedgerRow[];
}

const STREAM_ID = /^[A-Za-z0-9_:-]{1,128}$/;

/** A call id as the id of a stream, which is a token of a subject; one that can't be is hashed. */
export const callStream = (tenantId: string, callId: string): StreamRef => ({
  tenantId,
  streamType: 'llm_call',
  streamId: STREAM_ID.test(callId) ? callId : `h_${createHash('sha256').update(callId).digest('hex')}`,
});

/** Every attempt of every call is a row before it is made; a call's end is an event beside its last row. */
@Injectable()
export class CallLedger {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly store: EventStore,
  ) {}

  open(request: OpenRequest): Promise<OpenVerdict> {
    return this.repository.open(request);
  }

  /** Closes the last attempt and tells of the call: row, event and outbox in one commit. */
  async settle(call: OpenCall, last: LedgerRow, now: string): Promise<void> {
    const ref = callStream(last.tenant_id, last.call_id);
    let reported = call.reported;
    for (;;) {
      const outcome = await this.store.transact({
        tenantId: last.tenant_id,
        now,
        appends: [
          {
            ref,
            expectedVersion: reported,
            events: [recorded(call, last)],
            metadata: { actor: SYSTEM_ACTOR, ...(last.run_id !== null && { correlation_id: last.run_id }) },
          },
        ],
        rows: { llm_calls: [{ ...last, event_version: reported + 1 }] },
      });
      if (outcome.kind !== 'conflict') return;
      // Another replica took this one for dead and told of the call first: both were paid for, both are told.
      const events = await this.store.sealed.stream(ref, { afterVersion: reported });
      reported = events.at(-1)?.version ?? reported;
    }
  }
}

const recorded = (call: OpenCall, last: LedgerRow): LlmCallEvent => {
  const rows = [...call.closed, last];
  const sum = (pick: (row: LedgerRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  return {
    type: llmCallRecorded.type,
    data: {
      call_id: last.call_id,
      kind: last.kind,
      model: last.model,
      outcome: last.outcome === 'open' ? 'unknown' : last.outcome,
      input_tokens: sum((row) => row.input_tokens),
      output_tokens: sum((row) => row.output_tokens),
      cost_usd: addMoney(...rows.map((row) => row.cost_usd)),
      attempts: rows.length + call.cutOff,
      latency_ms: sum((row) => row.latency_ms ?? 0),
      conversation_id: last.conversation_id,
      run_id: last.run_id,
      node_id: last.node_id,
      workflow: last.workflow,
    },
  };
};
