import { type BusClient } from '@baton/bus';
import { type CompletionDelta, type Delta, subjects } from '@baton/contracts';

import type { BegunTurn } from './begun-turn.js';

/** A model's tokens to whoever listens to the conversation: provisional, and marked with whose they are. */
export class TurnTokens {
  private readonly to: string;
  private readonly mark: Omit<Extract<Delta, { type: 'delta.reset' }>, 'type'>;
  private speaking: string | undefined;

  constructor(
    private readonly bus: BusClient,
    tenantId: string,
    { conversation, running }: BegunTurn,
  ) {
    this.to = subjects.deltas(tenantId, conversation.conversation_id);
    this.mark = {
      turn_number: running.turn_number,
      attempt: running.attempt,
      owner_epoch: conversation.owner_epoch,
    };
  }

  /** Passes on what comes on a subject; returns what ends it. */
  forward(from: string): () => void {
    if (this.mark.attempt > 1) this.withdraw();
    return this.bus.subscribe(from, (payload) => {
      const { call_id, text } = payload as CompletionDelta;
      // What was said beside a tool call is not the answer: the next call begins anew.
      if (this.speaking !== undefined && this.speaking !== call_id) this.withdraw();
      this.speaking = call_id;
      this.bus.publish(this.to, { type: 'delta', ...this.mark, content: text } satisfies Delta);
    });
  }

  /** What was said provisionally is not the answer. */
  withdraw(): void {
    this.bus.publish(this.to, { type: 'delta.reset', ...this.mark } satisfies Delta);
  }
}
