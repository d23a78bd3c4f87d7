import type { Http } from '../http/http.js';
import type { Life, LiveStream } from '../stream/live-stream.js';
import { ReconnectingStream } from '../stream/reconnecting-stream.js';
import { serverSentEvents } from '../stream/server-sent-events.js';
import { socketMessages, type SocketConstructor } from './staff-socket.js';

export type StaffNotificationType =
  | 'offer.created'
  | 'offer.withdrawn'
  | 'queue.changed'
  | 'conversation.assigned'
  | 'conversation.message'
  | 'conversation.state'
  | 'approval.requested'
  | 'approval.decided'
  | 'approval.escalated'
  | 'approval.extended'
  | 'approval.expired'
  | 'approval.cancelled'
  | 'approval.execution_started'
  | 'approval.step_executed'
  | 'approval.executed'
  | 'approval.failed'
  | 'consultation.message'
  | 'presence.changed'
  | 'sla.breached'
  | 'cursor.expired';

/** What staff are told. */
export interface StaffNotification {
  /** The cursor: where to go on behind this one. */
  readonly id: string;
  /**
   * `cursor.expired`: notifications may have been missed, so what is shown must be read anew. A type that is not listed
   * here is newer than this client.
   */
  readonly type: StaffNotificationType | (string & {});
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StaffStreamOptions {
  /** Where to go on: the `id` of the last notification. Without it the stream begins now. */
  readonly cursor?: string;
  /** A socket where the platform has one (browsers; Node from 22), else server-sent events; both tell the same. */
  readonly transport?: 'socket' | 'sse';
  /** In place of the platform's. */
  readonly WebSocket?: SocketConstructor;
}

/** The notification stream of staff: nothing missed, nothing twice, across every reconnection. */
export const staffStream = (http: Http, options: StaffStreamOptions = {}): LiveStream<StaffNotification> => {
  const Socket = options.WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  const usesSocket = options.transport === undefined ? Socket !== undefined : options.transport === 'socket';
  if (usesSocket && Socket === undefined)
    throw new Error('There is no WebSocket here: use the transport "sse"');
  let cursor = options.cursor;
  let wasOpen = false;

  return new ReconnectingStream<StaffNotification>(async function* (life) {
    // Lost before the first word: nobody knows where it was, and something may have been said meanwhile.
    if (wasOpen && cursor === undefined) yield { id: '', type: 'cursor.expired', data: {} };
    const watched = { ...life, opened: () => ((wasOpen = true), life.opened()) };
    const told =
      usesSocket && Socket
        ? socketMessages(http, Socket, watched, cursor)
        : sseMessages(http, watched, cursor);
    for await (const notification of told) {
      cursor = notification.id;
      yield notification;
    }
  });
};

async function* sseMessages(
  http: Http,
  life: Life,
  cursor: string | undefined,
): AsyncGenerator<StaffNotification, void> {
  for await (const { id, event, data } of serverSentEvents(http, '/api/v1/staff/stream', life, cursor)) {
    if (id !== undefined && event !== undefined)
      yield { id, type: event, data: JSON.parse(data) as Record<string, unknown> };
  }
}
