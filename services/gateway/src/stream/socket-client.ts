import type { RawData, WebSocket } from 'ws';

import { closeLimitMs, type CloseReason } from './staff-session.js';

const PING = /^\s*\{\s*"type"\s*:\s*"ping"\s*\}\s*$/;
export const PONG = JSON.stringify({ type: 'pong' });

/** A browser hides pings from its page: one that wants to know whether we are here asks by a message of its own. */
export const isPing = (data: RawData): boolean => Buffer.isBuffer(data) && PING.test(data.toString('utf8'));

/** Says why, and does not wait for ever: who does not read does not answer a close either. */
export const closeSocket = (client: WebSocket, reason: CloseReason): void => {
  client.close(reason.code, reason.reason);
  const timer = setTimeout(() => client.terminate(), closeLimitMs(reason)).unref();
  client.once('close', () => clearTimeout(timer));
};
