import { BusClient } from '@baton/bus';
import { isBatonError, subjects } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

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
  /** Resolves with the outcome, or with what is at the deadline. */
  outcome<T>(awaited: AwaitedOutcome<T>): Promise<T>;
}

/** What happens in a turn before it can have an outcome: no reason to look. */
const EARLY = new Set([
  'conversation.started',
  'conversation.message_received',
  'conversation.turn_started',
  'conversation.turn_attempt_started',
  'conversation.turn_restarted',
]);

/** Waits for what a command leads to: `Prefer: wait`. */
@Injectable()
export class Outcomes {
  constructor(private readonly bus: BusClient) {}

  /** Listens from now on, so that nothing is missed between the command and the wait for its outcome. */
  watch(tenantId: string, conversationId: string): ConversationWatch {
    const changed = new Signal();
    const subject = subjects.eventsOfStream(tenantId, 'conversation', conversationId);
    const stop = this.bus.subscribeEvents(subject, (event) => {
      if (!EARLY.has(event.type)) changed.set();
    });
    return {
      outcome: (awaited) => readUntilOutcome(awaited, changed),
      [Symbol.dispose]: stop,
    };
  }
}

const readUntilOutcome = async <T>(awaited: AwaitedOutcome<T>, changed: Signal): Promise<T> => {
  let value = awaited.first;
  while (!awaited.isOutcome(value) && !awaited.signal.aborted) {
    const left = awaited.deadlineMs - performance.now();
    if (left <= 0) break;
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
