import { conversationHandedOver, type Actor, NO_USAGE } from '@baton/contracts';

import type {
  CompleteTurn,
  ConversationCommand,
  HandoverRequest,
  ReceiveMessage,
} from '../conversation.commands.js';

/** Commands as a service would send them, for tests. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 22, 10) + seconds * 1000).toISOString();

export const ANA: Actor = { type: 'human_agent', id: 'ana', role: 'agent' };
export const BEN: Actor = { type: 'human_agent', id: 'ben', role: 'agent' };
export const SUE: Actor = { type: 'human_agent', id: 'sue', role: 'supervisor' };
export const KEY: Actor = { type: 'api_key', id: 'key_1' };

export const message = (turnId: string, seconds = 0, more: Partial<ReceiveMessage> = {}): ReceiveMessage => ({
  type: 'ReceiveMessage',
  conversation_id: 'c1',
  message_id: `msg_${turnId}`,
  turn_id: turnId,
  content: `text of ${turnId}`,
  user_input_hash: `hash_${turnId}`,
  workflow: { name: 'customer_support', version: 1 },
  workflow_named: false,
  customer: null,
  metadata: {},
  debounce: { quiet_ms: 400, max_wait_ms: 2000 },
  now: at(seconds),
  ...more,
});

export const handover = (
  id = 'ho_1',
  reason: HandoverRequest['reason'] = 'explicit_request',
): HandoverRequest => {
  const { example } = conversationHandedOver;
  return {
    handover_id: id,
    reason,
    note: null,
    required_skills: {},
    priority: 'NORMAL',
    queue: 'default',
    context: { ...example.context, reason, last_messages: [], tried: [] },
    routing: example.routing,
  };
};

export const startTurn = (seconds: number, runId = 'run_1'): ConversationCommand => ({
  type: 'StartTurn',
  now: at(seconds),
  run_id: runId,
});

export const finish = (turnNumber = 1, attempt = 1, seconds = 2): CompleteTurn => ({
  type: 'CompleteTurn',
  turn_number: turnNumber,
  attempt,
  now: at(seconds),
  usage: NO_USAGE,
  result: {
    kind: 'FINISH',
    reply: { message_id: `msg_reply_${turnNumber}`, content: `answer ${turnNumber}`, confidence: 0.9 },
    agent_response_hash: 'hash',
  },
});

export const handOver = (turnNumber = 1, attempt = 1, seconds = 2): CompleteTurn => ({
  ...finish(turnNumber, attempt, seconds),
  result: { kind: 'HANDOVER', failed: false, handover: handover() },
});

export const accept = (agentId = 'ana', seconds = 3): ConversationCommand => ({
  type: 'AcceptHandover',
  now: at(seconds),
  handover_id: 'ho_1',
  offer_id: `offer_${agentId}`,
  agent_id: agentId,
});

export const resolve = (
  outcome: 'RESOLVED' | 'BACK_TO_AI',
  actor: Actor = ANA,
  goOn = false,
): ConversationCommand => ({
  type: 'Resolve',
  now: at(5),
  actor,
  outcome,
  resolution: null,
  guidance: outcome === 'BACK_TO_AI' ? 'Offer a replacement' : null,
  human_summary: null,
  continue: goOn,
});
