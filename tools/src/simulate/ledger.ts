import type { TurnView } from '@baton/contracts';

export interface Said {
  readonly conversation_id: string;
  readonly turn_id: string;
  readonly message: string;
}

/** What clients said and were told, kept outside the system: the verdict compares it with the log. */
export class Ledger {
  /** By turn id: what was said, whether or not it was accepted. */
  readonly everSaid = new Map<string, Said>();
  /** By turn id: what was acknowledged, and the turn it joined by the first answer. */
  readonly acknowledged = new Map<string, { readonly said: Said; readonly turnNumber: number }>();
  readonly capacity = new Map<string, number>();
  /** What human agents were told was sent. */
  readonly humanMessages: { agent: string; conversation_id: string; turn_id: string }[] = [];
  readonly refusals = new Map<string, number>();
  /** Answers that never came, so that the client asked again. */
  unknowns = 0;
  /** Set by whoever watches the world: nothing is under way any more. */
  isQuiet = false;
  readonly breaches: { readonly invariant: string; readonly what: string }[] = [];
  private readonly replies = new Map<string, string>();

  said(said: Said): void {
    this.everSaid.set(said.turn_id, said);
  }

  accepted(said: Said, turn: TurnView): void {
    const known = this.acknowledged.get(said.turn_id);
    if (!known) this.acknowledged.set(said.turn_id, { said, turnNumber: turn.turn_number });
    else if (known.turnNumber !== turn.turn_number)
      this.breach('I2', `${said.turn_id} joined turn ${known.turnNumber}, then turn ${turn.turn_number}`);
    this.read(said, turn);
  }

  /** A reply that was shown once is shown the same ever after. */
  read({ turn_id }: Pick<Said, 'turn_id' | 'conversation_id'>, { reply }: TurnView): void {
    if (!reply) return;
    const shown = `${reply.message_id}: ${reply.content}`;
    const known = this.replies.get(turn_id);
    if (known !== undefined && known !== shown)
      this.breach('I3', `${turn_id} was answered "${known}", then "${shown}"`);
    this.replies.set(turn_id, shown);
  }

  spoken(agent: string, conversation_id: string, turn_id: string): void {
    this.humanMessages.push({ agent, conversation_id, turn_id });
  }

  /** The log's own word on the answer of a turn: whoever was shown another was shown what is not true. */
  answered(turn: string, turnIds: readonly string[], reply: string): void {
    for (const turn_id of turnIds) {
      const shown = this.replies.get(turn_id);
      if (shown !== undefined && shown !== reply)
        this.breach('I3', `${turn_id} was shown "${shown}"; turn ${turn} was answered "${reply}"`);
    }
  }

  breach(invariant: string, what: string): void {
    this.breaches.push({ invariant, what });
  }
}
