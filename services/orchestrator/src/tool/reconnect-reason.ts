import type { ReconnectReason } from '../connection/reconnect-needed.error.js';

const REASONS: Readonly<Record<ReconnectReason, true>> = {
  'not-connected': true,
  'connection-expired': true,
  'missing-scope': true,
};

/** Whether a tool's code says that a person has to connect again; no other tool error has one of these. */
export const isReconnectReason = (code: string): code is ReconnectReason => Object.hasOwn(REASONS, code);
