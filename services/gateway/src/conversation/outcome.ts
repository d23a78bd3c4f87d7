import { isBatonError, subjects } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { LastCall } from '../http/last-call.js';
import { LiveEvents } from '../stream/live-events.js';

/** Nothing is lost for good where a live event was: the wait looks again by itself. */
const REREAD_MS = 1000;

/** A wake-up that remembers one call: what came while nobody waited is not missed. */
class Signal {
  private isSet = false;
  private release: (() => void) | undefined;

  set(): void {
    this.isSet = true;
    this.release?.();
  }

  async wait(ms: number, aborted: AbortSignal): Promise<void> {
    if (!this.isSet && !aborted.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.release = () => {
          clearTimeout(timer);
          resolve();
        };
        aborted.addEventListener('abort', this.release, { once: true });
      });
      if (this.release) aborted.removeEventListener('abort', this.release);
      this.release = undefined;
    }
    this.isSet = false;
  }
}

export interface AwaitedOutcome<T> {
  readonly read: () => Promise<T>;
  readonly isOutcome: (value: T) => boolean;
  /** What is known already. */
  readonly first: T;
  readonly deadlineMs: number;
  /** The caller went away. */
  readonly signal: AbortSignal;
}

/** An open ear on one conversation. */
export interface ConversationWatch extends Disposable {
  /** Resolves with the outcome, or with what is at the deadline or when this process is about to end. */
  outcome<T>(awaited: AwaitedOutcome<T>): Promise<T>;
}

/** What happens in a turn before it can have an outcome: no reason to look. */
const EARLY = new Set([
  'started',
  'message_received',
  'turn_started',
  'turn_attempt_started',
  'turn_restarted',
]);

/**
 * Waits for what a command leads to: `Prefer: wait`. It listens to what the process hears anyway; a subscription for
 * each wait cost the NATS server more than the turn's events.
 */
@Injectable()
export class Outcomes {
  /** By the subjects of a conversation's events, up to their last token. */
  private readonly watches = new Map<string, Set<Signal>>();

  constructor(
    live: LiveEvents,
    private readonly lastCall: LastCall,
  ) {
    live.listen({
      onMessage: ({ subject }) => this.hear(subject),
      onNewEpoch: () => this.wakeAll(),
    });
    lastCall.signal.addEventListener('abort', () => this.wakeAll(), { once: true });
  }

  /** How many conversations somebody waits for now. */
  get watched(): number {
    return this.watches.size;
  }

  /** Listens from now on, so that nothing is missed between the command and the wait for its outcome. */
  watch(tenantId: string, conversationId: string): ConversationWatch {
    const changed = new Signal();
    const [key] = split(subjects.eventsOfStream(tenantId, 'conversation', conversationId));
    const signals = this.watches.get(key) ?? new Set();
    this.watches.set(key, signals.add(changed));
    return {
      outcome: (awaited) => readUntilOutcome(awaited, changed, this.lastCall.signal),
      [Symbol.dispose]: () => {
        signals.delete(changed);
        if (signals.size === 0 && this.watches.get(key) === signals) this.watches.delete(key);
      },
    };
  }

  private wakeAll(): void {
    for (const signals of this.watches.values()) for (const signal of signals) signal.set();
  }

  private hear(subject: string): void {
    const [key, event] = split(subject);
    const signals = this.watches.get(key);
    if (!signals || EARLY.has(event)) return;
    for (const signal of signals) signal.set();
  }
}

/** A subject's last token, which names the event, and what is before it. */
const split = (subject: string): [string, string] => {
  const end = subject.lastIndexOf('.');
  return [subject.slice(0, end), subject.slice(end + 1)];
};

const readUntilOutcome = async <T>(
  awaited: AwaitedOutcome<T>,
  changed: Signal,
  lastCall: AbortSignal,
): Promise<T> => {
  let value = awaited.first;
  while (!awaited.isOutcome(value) && !awaited.signal.aborted) {
    const left = awaited.deadlineMs - performance.now();
    if (left <= 0 || lastCall.aborted) break;
    await changed.wait(Math.min(left, REREAD_MS), awaited.signal);
    if (!awaited.signal.aborted) value = (await readIfPossible(awaited)) ?? value;
  }
  return value;
};

/** What was accepted stays accepted though nobody can say just now what became of it: the wait goes on. */
const readIfPossible = async <T>({ read }: AwaitedOutcome<T>): Promise<T | undefined> => {
  try {
    return await read();
  } catch (error) {
    if (isBatonError(error) && error.retryable) return undefined;
    throw error;
  }
};
