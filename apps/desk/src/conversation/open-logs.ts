import { ConversationLog } from './conversation-log.js';

/** Left conversations that are kept, so that going back shows them at once. More would grow all day. */
const KEPT = 4;

/** By conversation, the one left longest ago first. */
const logs = new Map<string, ConversationLog>();

/** Begins to follow a conversation; give back with {@link leaveLog}. */
export const openLog = (conversationId: string): ConversationLog => {
  const log = logs.get(conversationId) ?? new ConversationLog(conversationId);
  logs.delete(conversationId);
  logs.set(conversationId, log);
  return log;
};

export const leaveLog = (log: ConversationLog): void => {
  log.stop();
  for (const [id, kept] of logs) {
    if (logs.size <= KEPT) return;
    if (kept !== log) logs.delete(id);
  }
};

/** Another person signs in: nothing of what the last one read is kept. */
export const forgetLogs = (): void => {
  for (const log of logs.values()) log.stop();
  logs.clear();
};
