import { createParser, type EventSourceMessage } from 'eventsource-parser';

import type { Http } from '../http/http.js';
import { type BatonProblem, problemOf } from '../http/problem.js';
import { isPassing } from '../http/retry.js';
import { Final, Later, type Life } from './live-stream.js';
import { Watchdog } from './watchdog.js';

/** The server says something every 15 s; after three of those it is not there. */
const SILENCE_MS = 45_000;

/** One connection of server-sent events: yields each event until the connection is lost. */
export async function* serverSentEvents(
  http: Http,
  path: string,
  life: Life,
  lastEventId: string | undefined,
): AsyncGenerator<EventSourceMessage, void> {
  const lost = new AbortController();
  const abort = (): void => lost.abort();
  life.signal.addEventListener('abort', abort);
  const watchdog = new Watchdog(SILENCE_MS, abort);
  try {
    const response = await http.send(
      new Request(http.baseUrl + path, {
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        cache: 'no-store',
        signal: lost.signal,
      }),
    );
    if (!response.ok || !response.body) throw refusal(await problemOf(response));
    life.opened();
    yield* eventsOf(response.body, watchdog, lost.signal);
  } finally {
    watchdog.stop();
    life.signal.removeEventListener('abort', abort);
    lost.abort();
  }
}

async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  watchdog: Watchdog,
  lost: AbortSignal,
): AsyncGenerator<EventSourceMessage, void> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // Node forgets, once it has collected its garbage, that the request was to end with this signal.
  lost.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    watchdog.heard();
    parser.feed(decoder.decode(value, { stream: true }));
    yield* arrived.splice(0);
  }
}

/** What passes by itself is tried again; the rest is for the caller to know. */
export const refusal = (problem: BatonProblem): Error => {
  if (isPassing(problem.status)) return new Later(problem.retryAfterMs ?? 0);
  // Behind a proxy that has lost its server anything may be answered.
  return problem.code === 'unknown' && problem.status >= 500 ? problem : new Final(problem);
};
