import type { ProblemCode } from '@baton/contracts';

export type EventOutcome = 'done' | 'deferred' | 'failed' | 'undecodable' | 'stale';

/** Hears what the bus does; the service turns it into metrics. Must not throw. `traceparent` is of what was done. */
export interface BusObserver {
  requestSent(pattern: string, code: ProblemCode | 'ok', milliseconds: number): void;
  requestHandled(pattern: string, code: ProblemCode | 'ok', milliseconds: number, traceparent?: string): void;
  eventHandled(consumer: string, outcome: EventOutcome, milliseconds: number, traceparent?: string): void;
  /** From when an event was recorded to when it was handled. */
  eventLag(consumer: string, milliseconds: number): void;
  inFlight(consumer: string, count: number): void;
  connection(connected: boolean): void;
}

export const SILENT_OBSERVER: BusObserver = {
  requestSent: () => undefined,
  requestHandled: () => undefined,
  eventHandled: () => undefined,
  eventLag: () => undefined,
  inFlight: () => undefined,
  connection: () => undefined,
};
