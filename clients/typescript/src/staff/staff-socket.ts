import type { Http } from '../http/http.js';
import { BatonProblem } from '../http/problem.js';
import type { Life } from '../stream/live-stream.js';
import { refusal } from '../stream/server-sent-events.js';
import { Watchdog } from '../stream/watchdog.js';
import type { StaffNotification } from './staff-stream.js';

export type SocketConstructor = new (url: string) => WebSocket;

/** A browser's socket hides the server's pings from the page: it asks itself when nothing was heard. */
export interface Patience {
  readonly askAfterMs: number;
  readonly answerWithinMs: number;
}
const PATIENCE: Patience = { askAfterMs: 20_000, answerWithinMs: 10_000 };
const PING = JSON.stringify({ type: 'ping' });

/** One connection of the staff socket: yields each notification until the connection is lost. */
export async function* socketMessages(
  http: Http,
  Socket: SocketConstructor,
  life: Life,
  cursor: string | undefined,
  { askAfterMs, answerWithinMs }: Patience = PATIENCE,
): AsyncGenerator<StaffNotification, void> {
  const url = socketUrl(http.baseUrl, await ticketOf(http, life.signal), cursor);
  const socket = new Socket(url);
  const arrived: StaffNotification[] = [];
  let isLost = false;
  let wake = (): void => undefined;
  const lose = (): void => {
    isLost = true;
    socket.close();
    wake();
  };
  const silence = new Watchdog(askAfterMs + answerWithinMs, lose);
  const asking = new Watchdog(askAfterMs, () => {
    if (socket.readyState === socket.OPEN) socket.send(PING);
  });
  socket.addEventListener('open', () => life.opened());
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    silence.heard();
    asking.heard();
    const message = JSON.parse(data) as StaffNotification;
    if (message.type === 'pong') return;
    arrived.push(message);
    wake();
  });
  socket.addEventListener('close', lose);
  socket.addEventListener('error', lose);
  life.signal.addEventListener('abort', lose);
  if (life.signal.aborted) lose();
  try {
    for (;;) {
      // What came before the end is told before it.
      const next = arrived.shift();
      if (next) yield next;
      else if (isLost) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    silence.stop();
    asking.stop();
    life.signal.removeEventListener('abort', lose);
    socket.close();
  }
}

/** Throws what ends the stream for good where this caller may not have a ticket. */
const ticketOf = async (http: Http, signal: AbortSignal): Promise<string> => {
  try {
    const { data } = await http.api.POST('/api/v1/ws-tickets', { signal });
    return (data as { ticket: string }).ticket;
  } catch (error) {
    throw error instanceof BatonProblem ? refusal(error) : error;
  }
};

const socketUrl = (baseUrl: string, ticket: string, cursor: string | undefined): string => {
  const url = new URL(`${baseUrl}/ws/staff`, (globalThis as { location?: Location }).location?.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('ticket', ticket);
  if (cursor !== undefined) url.searchParams.set('cursor', cursor);
  return url.href;
};
