import { type Conversations, isProblem, randomKey } from '@baton/client';

import type { PendingMessage } from './chat.state.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** Of the server's refusals those that another attempt may not meet. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 408, 429, 502, 503, 504]);

export interface OutboxEvents {
  /** What waits has changed, or how it goes. */
  changed(): void;
  /** The server has a message: from now on there is a conversation. */
  accepted(): void;
}

/** The customer's messages on their way, one after the other, each under its own `turn_id` until the log has it. */
export class Outbox {
  private messages: readonly PendingMessage[] = [];
  private readonly accepted = new Set<string>();
  private isSending = false;
  private isEnded = false;
  private wake: () => void = () => undefined;
  /** The last attempt found nobody. */
  isStuck = false;

  constructor(
    private readonly conversations: Conversations,
    private readonly events: OutboxEvents,
  ) {}

  get pending(): readonly PendingMessage[] {
    return this.messages;
  }

  /** What another life of the page has left. */
  restore(messages: readonly PendingMessage[]): void {
    this.messages = [...messages, ...this.messages];
    void this.flush();
  }

  add(text: string): void {
    this.messages = [...this.messages, { turnId: randomKey(), text }];
    this.events.changed();
    void this.flush();
  }

  /** The log has these: nothing of them is pending. */
  settle(turnIds: ReadonlySet<string>): void {
    if (!this.messages.some(({ turnId }) => turnIds.has(turnId))) return;
    this.messages = this.messages.filter(({ turnId }) => !turnIds.has(turnId));
    this.events.changed();
  }

  discard(turnId: string): void {
    this.messages = this.messages.filter((message) => message.turnId !== turnId);
    this.events.changed();
  }

  /** The network is back: no reason to wait on. */
  hurry(): void {
    this.wake();
  }

  end(): void {
    this.isEnded = true;
    this.wake();
  }

  private async flush(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    let pauseMs = FIRST_PAUSE_MS;
    for (let next = this.next(); next && !this.isEnded; next = this.next()) {
      try {
        await this.conversations.send({ turn_id: next.turnId, message: next.text, sender_type: 'user' });
        this.accepted.add(next.turnId);
        pauseMs = FIRST_PAUSE_MS;
        this.stuck(false);
        this.events.accepted();
      } catch (error) {
        if (isProblem(error) && !PASSING.has(error.status)) {
          this.refuse(next, error.message);
          continue;
        }
        this.stuck(true);
        await this.rest(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
    this.isSending = false;
  }

  private next(): PendingMessage | undefined {
    return this.messages.find(({ turnId, refused }) => refused === undefined && !this.accepted.has(turnId));
  }

  private refuse(message: PendingMessage, refused: string): void {
    this.messages = this.messages.map((each) => (each === message ? { ...each, refused } : each));
    this.stuck(false);
    this.events.changed();
  }

  private stuck(isStuck: boolean): void {
    if (this.isStuck === isStuck) return;
    this.isStuck = isStuck;
    this.events.changed();
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
