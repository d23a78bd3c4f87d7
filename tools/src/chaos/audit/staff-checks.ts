import type { Breach } from '../ledger.js';
import type { StoredEvent } from './conversation-fold.js';
import type { Evidence } from './evidence.js';

const ENDS = new Set([
  'conversation.released',
  'conversation.transferred',
  'conversation.resolved',
  'conversation.returned_to_ai',
]);

/** I12: nobody has more than they can take, and nobody has what they have no skill for. */
export const capacityKept = ({ events, agents }: Evidence): Breach[] => {
  const breaches: Breach[] = [];
  const owner = new Map<string, string>();
  const wanted = new Map<string, Readonly<Record<string, number>>>();
  const load = new Map<string, number>();
  const inOrder = [...events].sort((one, other) => one.global_position - other.global_position);
  for (const event of inOrder) {
    const key = `${event.tenant_id}/${event.stream_id}`;
    if (event.required_skills) wanted.set(key, event.required_skills);
    const had = owner.get(key);
    if (ENDS.has(event.type) && had !== undefined) {
      load.set(had, (load.get(had) ?? 1) - 1);
      owner.delete(key);
    }
    if (event.type === 'conversation.assigned') {
      breaches.push(...assignment(event, agents, load, wanted.get(key) ?? {}));
      owner.set(key, `${event.tenant_id}/${event.agent_id}`);
    }
  }
  return breaches;
};

const assignment = (
  { tenant_id, stream_id, agent_id }: StoredEvent,
  agents: Evidence['agents'],
  load: Map<string, number>,
  wanted: Readonly<Record<string, number>>,
): Breach[] => {
  const who = `${tenant_id}/${agent_id}`;
  const agent = agents.get(who);
  if (!agent) return [{ invariant: 'I12', what: `${stream_id} went to ${agent_id}, who is not there` }];
  const now = (load.get(who) ?? 0) + 1;
  load.set(who, now);
  const lacking = Object.entries(wanted).filter(([skill, level]) => (agent.skills[skill] ?? 0) < level);
  return [
    ...(now > agent.maxConcurrent
      ? [{ invariant: 'I12', what: `${agent.id} has ${now} conversations, ${stream_id} the last` }]
      : []),
    ...lacking.map(([skill]) => ({
      invariant: 'I12',
      what: `${agent.id} got ${stream_id} without ${skill}`,
    })),
  ];
};

/** A conversation waits where its log says so, once; and nowhere else. */
export const queueFollowsLog = async ({ system, conversations }: Evidence): Promise<Breach[]> => {
  const open = await system.sql<{
    tenant_id: string;
    conversation_id: string;
    handover_id: string;
    status: string;
  }>(
    `SELECT tenant_id, conversation_id, handover_id, status FROM queue_manager.agent_queue WHERE closed_at IS NULL`,
  );
  const waiting = Map.groupBy(open, (row) => `${row.tenant_id}/${row.conversation_id}`);
  const breaches: Breach[] = [];
  for (const [key, { id, state, handoverId }] of conversations) {
    const items = waiting.get(key) ?? [];
    const isWithHuman = state === 'PENDING_HUMAN' || state === 'HUMAN_ACTIVE';
    if (isWithHuman && (items.length !== 1 || items[0]?.handover_id !== handoverId))
      breaches.push({
        invariant: 'I12',
        what: `${id} is ${state} and has ${items.length} places in the queue`,
      });
    if (!isWithHuman && items.length > 0)
      breaches.push({ invariant: 'I12', what: `${id} is ${state} and waits in the queue` });
  }
  return breaches;
};

/** I11: the desk was told of each message, unless it was told that its cursor had expired. */
export const deskHeardAll = async ({ system, reader }: Evidence): Promise<Breach[]> => {
  if (!reader || reader.expiries.length > 0) return [];
  const rows = await system.sql<{ message_id: string }>(
    `SELECT message_id FROM orchestrator.messages WHERE tenant_id = 'default' AND role <> 'system'`,
  );
  const missing = rows.filter(({ message_id }) => !reader.messages.has(message_id));
  return missing.length === 0
    ? []
    : [
        {
          invariant: 'I11',
          what: `the desk was not told of ${missing.length} messages, such as ${missing[0]?.message_id}`,
        },
      ];
};

/** I11: the desk is told in the order of the log and of nothing twice, also of what JetStream itself held twice. */
export const deskHeardInOrder = async ({ system, reader }: Evidence): Promise<Breach[]> => {
  if (!reader) return [];
  const rows = await system.sql<{ message_id: string; conversation_id: string; version: number }>(
    `SELECT message_id, conversation_id, version FROM orchestrator.messages WHERE tenant_id = 'default'`,
  );
  const placeOf = new Map(rows.map((row) => [row.message_id, `${row.conversation_id}/${row.version}`]));
  const again = [
    ...reader.messagesAgain.map(({ messageId, how }) => ({
      place: placeOf.get(messageId) ?? messageId,
      how,
    })),
    ...reader.versionsAgain.map(({ conversationId, version, how }) => ({
      place: `${conversationId}/${version}`,
      how,
    })),
  ];
  return again.map(({ place, how }) => ({
    invariant: 'I11',
    what: `the desk heard ${place} again, or late: ${how}`,
  }));
};

/** I6: what came too late was refused. */
export const lateWritesRefused = ({ ledger }: Evidence): Breach[] =>
  ledger.staleWritesTaken === 0
    ? []
    : [
        {
          invariant: 'I6',
          what: `${ledger.staleWritesTaken} of ${ledger.staleWrites} late writes were taken`,
        },
      ];
