import { type Breach, digest, keyOf, type SentMessage } from '../ledger.js';
import { markerOf, markersIn } from '../load/marker.js';
import type { Evidence } from './evidence.js';

const tenantIdOf = (sent: SentMessage): string => sent.tenant;

/** I1: what was acknowledged is in the log once; what was rejected is not; what is unknown is there at most once. */
export const messagesKept = ({ ledger, conversations }: Evidence): Breach[] =>
  ledger.messages.flatMap((sent) => {
    const conversation = conversations.get(`${tenantIdOf(sent)}/${sent.conversationId}`);
    const times = conversation?.inputs.get(sent.turnId) ?? 0;
    if (sent.standing === 'acknowledged' && times === 0)
      return [{ invariant: 'I1', what: `${keyOf(sent)} was acknowledged and is lost` }];
    if (sent.standing === 'rejected' && times > 0)
      return [{ invariant: 'I1', what: `${keyOf(sent)} was rejected and is in the log` }];
    return [];
  });

interface StoredReply {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly turn_number: number;
  readonly message_id: string;
  readonly content: string;
}

/** I3: one reply a turn, the same for each caller and each time, quoting that turn's messages and no other's. */
export const repliesRight = async ({ system, ledger }: Evidence): Promise<Breach[]> => {
  const stored = await system.sql<StoredReply>(
    `SELECT tenant_id, conversation_id, turn_number, message_id, content FROM orchestrator.messages WHERE role = 'assistant'`,
  );
  const breaches: Breach[] = [];
  const byTurn = Map.groupBy(stored, (row) => `${row.tenant_id}/${row.conversation_id}/${row.turn_number}`);
  for (const [turn, rows] of byTurn) {
    if (rows.length > 1) breaches.push({ invariant: 'I3', what: `turn ${turn} has ${rows.length} replies` });
  }
  const inputs = Map.groupBy(
    ledger.messages.filter((sent) => sent.turnNumber !== undefined && sent.sender === 'user'),
    (sent) => `${tenantIdOf(sent)}/${sent.conversationId}/${sent.turnNumber}`,
  );
  for (const [turn, sent] of inputs) {
    const told = new Map(sent.flatMap(({ replies }) => [...replies]));
    const [row] = byTurn.get(turn) ?? [];
    if (told.size > 1)
      breaches.push({ invariant: 'I3', what: `turn ${turn} was answered with ${told.size} replies` });
    for (const [messageId, hash] of told) {
      if (!row) breaches.push({ invariant: 'I3', what: `the reply to ${turn} is not stored` });
      else if (row.message_id !== messageId || digest(row.content) !== hash)
        breaches.push({ invariant: 'I3', what: `the reply to ${turn} is stored otherwise than it was told` });
    }
    if (row) breaches.push(...quotesOnly(row, sent));
  }
  return breaches;
};

/** A reply to nobody's message is an answer to something that the AI took up by itself. */
const quotesOnly = (row: StoredReply, sent: readonly SentMessage[]): Breach[] => {
  const own = new Set(sent.map((each) => markerOf(each.tenant, each.conversationId, each.turnId)));
  return markersIn(row.content)
    .filter((marker) => !own.has(marker) && !marker.includes(`/${row.conversation_id}/`))
    .map((marker) => ({
      invariant: 'I14',
      what: `the reply to turn ${row.turn_number} of ${row.conversation_id} quotes ${marker}`,
    }));
};

/** I14: what one tenant's customers say is in no other tenant's rows, and in no other tenant's prompts. */
export const tenantsApart = async ({ system }: Evidence): Promise<Breach[]> => {
  const rows = await system.sql<{ tenant_id: string; content: string }>(
    `SELECT tenant_id, content FROM orchestrator.messages
      UNION ALL SELECT tenant_id, content FROM memory_worker.memories`,
  );
  const strayed = rows.filter(({ tenant_id, content }) =>
    markersIn(content).some((marker) => !marker.startsWith(`[${tenant_id}/`)),
  );
  return [
    ...strayed.map(({ tenant_id }) => ({ invariant: 'I14', what: `${tenant_id} holds what another said` })),
    ...(system.model.mixedTenants > 0
      ? [{ invariant: 'I14', what: `${system.model.mixedTenants} prompts held two tenants' words` }]
      : []),
  ];
};

const SENT_BACK = new Set(['conversation.returned_to_ai', 'conversation.handover_cancelled']);

/**
 * I5: at most one effect a run, whatever came after it. A person who sends the conversation back to the AI, or the
 * customer who would rather not wait, may start another run with the same words.
 */
export const effectsOnce = ({ system, events }: Evidence): Breach[] => {
  const sentBack = new Map<string, number>();
  for (const { type, tenant_id, stream_id } of events) {
    const key = `${tenant_id}/${stream_id}`;
    if (SENT_BACK.has(type)) sentBack.set(key, (sentBack.get(key) ?? 0) + 1);
  }
  return [...system.tools.effects].flatMap(([marker, keys]) => {
    const conversation = marker.slice(1, marker.lastIndexOf('/'));
    const runs = new Set(keys.map((key) => key.slice(0, key.indexOf(':'))));
    const isRight = runs.size === keys.length && runs.size <= 1 + (sentBack.get(conversation) ?? 0);
    return isRight
      ? []
      : [{ invariant: 'I5', what: `the effect of ${marker} was asked for with ${keys.join(' and ')}` }];
  });
};
