import { typing } from '../../api/commands.js';

/** The other side forgets by itself after a while: it is told again as long as the writing goes on. */
const AGAIN_MS = 3000;

/** Tells the customer that somebody is writing, and that they stopped; not oftener than needed. */
export class TypingTeller {
  private toldAt = -Infinity;

  constructor(private readonly conversationId: string) {}

  changed(isTyping: boolean): void {
    const now = performance.now();
    const wasTyping = this.toldAt > -Infinity;
    if (isTyping ? now - this.toldAt < AGAIN_MS : !wasTyping) return;
    this.toldAt = isTyping ? now : -Infinity;
    void typing(this.conversationId, isTyping);
  }
}
