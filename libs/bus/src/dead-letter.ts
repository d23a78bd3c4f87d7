import type { RecordedEvent } from '@baton/contracts';

/** What a consumer gave up on: kept in the dead-letter stream until somebody replays or drops it. */
export interface DeadLetter {
  readonly consumer: string;
  /** Why, in words for a person. */
  readonly reason: string;
  /** Repeats of a letter with the same key are dropped for ten minutes. */
  readonly key: string;
  readonly subject?: string;
  readonly failures?: number;
  /** Absent when the message could not be read as an event. */
  readonly event?: RecordedEvent;
  /** The message as it came, when it could not be read; `base64` where its payload is no UTF-8. */
  readonly raw?: {
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly payload: string;
    readonly encoding?: 'utf8' | 'base64';
  };
}
