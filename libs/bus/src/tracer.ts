import type { RecordedEvent } from '@baton/contracts';

import type { Deferral } from './decorators.js';

/**
 * Puts what the bus does into traces. It runs each piece of work, in a call context whose `traceparent` is its span's:
 * that is what travels. Without one the caller's own travels on.
 */
export interface BusTracer {
  /** A request of this process, until its answer. */
  asking<T>(pattern: string, work: () => Promise<T>): Promise<T>;
  /** A request of another, until it is answered. */
  answering<T>(pattern: string, work: () => Promise<T>): Promise<T>;
  /** An event on its way to the stream, in the trace that it says it belongs to. */
  publishing<T>(event: RecordedEvent, work: (traceparent: string | undefined) => Promise<T>): Promise<T>;
  /** An event with its handler. */
  handling(
    consumer: string,
    event: RecordedEvent,
    work: () => Promise<Deferral | undefined>,
  ): Promise<Deferral | undefined>;
}

export const NO_TRACER: BusTracer = {
  asking: (_pattern, work) => work(),
  answering: (_pattern, work) => work(),
  publishing: (event, work) => work(event.metadata.traceparent),
  handling: (_consumer, _event, work) => work(),
};
