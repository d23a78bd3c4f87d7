import type { ConversationItem, DeltaMark } from './conversation-stream.js';

/** From each of these on an attempt of a turn speaks. */
const BEGINNINGS: ReadonlySet<string> = new Set([
  'conversation.turn_started',
  'conversation.turn_attempt_started',
  'conversation.turn_restarted',
]);

/**
 * Words are not kept by the server: who was away while an attempt spoke has a hole in them. So what was shown is
 * withdrawn, and the rest of that attempt is not shown; its message comes whole with the turn's own event.
 */
export class DeltaGuard {
  private shown: DeltaMark | undefined;
  /** The attempt that may be speaking. */
  private speaking: Omit<DeltaMark, 'owner_epoch'> | undefined;
  private muted: Omit<DeltaMark, 'owner_epoch'> | undefined;

  /** What to tell first on a new connection. */
  reconnected(): ConversationItem | undefined {
    this.muted = this.speaking ?? this.shown;
    const { shown } = this;
    this.shown = undefined;
    return shown && { kind: 'delta.reset', ...shown };
  }

  admits(item: ConversationItem): boolean {
    switch (item.kind) {
      case 'event':
        this.hear(item.event.type, item.event.data);
        return true;
      case 'delta': {
        if (this.muted?.turn_number === item.turn_number && this.muted.attempt === item.attempt) return false;
        const { turn_number, attempt, owner_epoch } = item;
        this.shown = { turn_number, attempt, owner_epoch };
        return true;
      }
      case 'delta.reset':
        // The words begin anew: nothing of them was missed.
        this.shown = undefined;
        this.muted = undefined;
        return true;
      case 'typing':
        return true;
      default:
        return item satisfies never;
    }
  }

  private hear(type: string, { turn_number, attempt }: Record<string, unknown>): void {
    if (typeof turn_number !== 'number') return;
    if (BEGINNINGS.has(type)) {
      this.speaking = { turn_number, attempt: typeof attempt === 'number' ? attempt : 1 };
    } else if (type === 'conversation.turn_completed') {
      this.speaking = undefined;
      this.shown = undefined;
    }
  }
}
