import type { ProblemCode } from '@baton/contracts';

export type EventOutcome = 'done' | 'deferred' | 'failed' | 'undecodable' | 'stale';

/** Hears what the bus does; the service turns it into metrics. Must not throw. */
export interface BusObserver {
  requestSent(pattern: string, code: ProblemCode | 'ok', milliseconds: number): void;
  requestHandled(pattern: string, code: ProblemCode | 'ok', milliseconds: number): void;
  eventHandled(consumer: string, outcome: EventOutcome, milliseconds: number): void;
  inFlight(consumer: string, count: number): void;
  connection(connected: boolean): void;
}

export const SILENT_OBSERVER: BusObserver = {
  requestSent: () => undefined,
  requestHandled: () => undefined,
  eventHandled: () => undefined,
  inFlight: () => undefined,
  connection: () => undefined,
};
