import type { RecordedEvent } from '@baton/contracts';

import type { Ledger } from './ledger.js';
import { replyTo } from './model.js';

type State =
  'NEW' | 'AI_PROCESSING' | 'FINISHED' | 'PENDING_HUMAN' | 'HUMAN_ACTIVE' | 'RESOLVED' | 'BACK_TO_AI';

/** The seven states and every move between them, written down a second time: the auditor trusts no table of the system. */
const MOVES: Readonly<Record<string, Partial<Record<State, State>>>> = {
  'conversation.turn_started': {
    NEW: 'AI_PROCESSING',
    FINISHED: 'AI_PROCESSING',
    RESOLVED: 'AI_PROCESSING',
    BACK_TO_AI: 'AI_PROCESSING',
  },
  'conversation.assigned': { PENDING_HUMAN: 'HUMAN_ACTIVE' },
  'conversation.released': { HUMAN_ACTIVE: 'PENDING_HUMAN' },
  'conversation.transferred': { HUMAN_ACTIVE: 'PENDING_HUMAN' },
  'conversation.resolved': { HUMAN_ACTIVE: 'RESOLVED', PENDING_HUMAN: 'RESOLVED' },
  'conversation.returned_to_ai': { HUMAN_ACTIVE: 'BACK_TO_AI', PENDING_HUMAN: 'BACK_TO_AI' },
  'conversation.handover_cancelled': { PENDING_HUMAN: 'BACK_TO_AI' },
};

/** Event id → the process that wrote it. */
type Writers = ReadonlyMap<string, string>;

interface Turn {
  inputs: number;
  ends: number;
  /** The latest that began. */
  attempt: number;
  /** Who began it. */
  worker: string | undefined;
}

interface Seen {
  state: State;
  owner: string | null;
  readonly contents: Map<string, string>;
  /** Message id → turn id. */
  readonly turnIds: Map<string, string>;
  readonly turns: Map<number, Turn>;
  /** The customer's words that may stand for a turn without any of its own: the latest when it began, or since. */
  standing: string[];
}

/** One conversation, from its log: I2, I3, I6, I7 and I8. */
export const auditConversation = (
  id: string,
  events: readonly RecordedEvent[],
  row: Record<string, unknown> | undefined,
  ledger: Ledger,
  writers: Writers,
): void => {
  const seen: Seen = {
    state: 'NEW',
    owner: null,
    contents: new Map(),
    turnIds: new Map(),
    turns: new Map(),
    standing: [],
  };
  const breach = (invariant: string, what: string): void => ledger.breach(invariant, `${id}: ${what}`);
  const sent = new Map<string, number>();
  for (const event of events) {
    follow(seen, event, writers, breach);
    if (event.type === 'conversation.human_message_sent') {
      const { agent_id, turn_id } = event.data as { agent_id: string; turn_id: string };
      sent.set(turn_id, (sent.get(turn_id) ?? 0) + 1);
      if (seen.owner !== agent_id)
        breach('I6', `${agent_id} spoke at version ${event.version}; ${seen.owner ?? 'nobody'} had it`);
    }
    if (event.type === 'conversation.turn_completed') auditReply(seen, event, ledger, breach);
  }
  for (const [turn, { inputs, ends }] of seen.turns)
    if (inputs > 0 && ends !== 1) breach('I2', `turn ${turn} has ${ends} ends`);
  for (const { conversation_id, turn_id, agent } of ledger.humanMessages)
    if (conversation_id === id && sent.get(turn_id) !== 1)
      breach('I1', `${turn_id} of ${agent} is there ${sent.get(turn_id) ?? 0} times`);
  const last = events.at(-1);
  if (row?.['version'] !== last?.version || row?.['state'] !== seen.state)
    breach(
      'I8',
      `its row says ${String(row?.['state'])} at ${String(row?.['version'])}, its log ${seen.state} at ${last?.version}`,
    );
};

const follow = (
  seen: Seen,
  event: RecordedEvent,
  writers: Writers,
  breach: (i: string, what: string) => void,
): void => {
  const { type, data, version } = event;
  const move = (to: State | undefined): void => {
    if (to === undefined) breach('I7', `${type} in ${seen.state} at version ${version}`);
    else seen.state = to;
  };
  switch (type) {
    case 'conversation.message_received': {
      const turn = turnOf(seen, data);
      turn.inputs += 1;
      seen.contents.set(String(data['message_id']), String(data['content']));
      seen.turnIds.set(String(data['message_id']), String(data['turn_id']));
      seen.standing.push(String(data['content']));
      return;
    }
    case 'conversation.turn_restarted':
      turnOf(seen, data).attempt = Number(data['attempt']);
      return;
    case 'conversation.turn_attempt_started':
      beginAttempt(seen, event, writers);
      return;
    case 'conversation.turn_started':
      beginAttempt(seen, event, writers);
      seen.standing = seen.standing.slice(-1);
      return move(MOVES[type]?.[seen.state]);
    case 'conversation.turn_completed':
      turnOf(seen, data).ends += 1;
      auditFence(seen, event, writers, breach);
      if (data['run_id'] !== null && seen.state !== 'AI_PROCESSING') move(undefined);
      if (seen.state === 'AI_PROCESSING' && data['sink'] !== 'HANDOVER') seen.state = 'FINISHED';
      return;
    case 'conversation.handed_over':
      if (seen.state === 'HUMAN_ACTIVE') move(undefined);
      seen.state = 'PENDING_HUMAN';
      return;
    default: {
      const to = MOVES[type]?.[seen.state];
      if (type in MOVES) move(to);
      if (type === 'conversation.assigned') seen.owner = String(data['agent_id']);
      else if (type in MOVES) seen.owner = null;
    }
  }
};

const beginAttempt = (seen: Seen, { event_id, data }: RecordedEvent, writers: Writers): void => {
  const turn = turnOf(seen, data);
  turn.attempt = Number(data['attempt']);
  turn.worker = writers.get(event_id);
};

/**
 * I6: a turn is ended by its latest attempt, and by the worker that began that attempt. A turn that failed too often
 * may be given to a person by any worker; one that a person takes over is ended by whoever was asked.
 */
const auditFence = (
  seen: Seen,
  { event_id, data, version }: RecordedEvent,
  writers: Writers,
  breach: (i: string, what: string) => void,
): void => {
  if (data['run_id'] === null || data['status'] !== 'COMPLETED') return;
  const { attempt, worker } = turnOf(seen, data);
  const writer = writers.get(event_id);
  if (data['attempt'] === attempt && writer === worker) return;
  breach(
    'I6',
    `turn ${Number(data['turn_number'])} was ended by attempt ${Number(data['attempt'])} of ${writer} at version ${version}; attempt ${attempt} of ${worker} had it`,
  );
};

const turnOf = (seen: Seen, data: Record<string, unknown>): Turn => {
  const number = Number(data['turn_number']);
  const turn = seen.turns.get(number) ?? { inputs: 0, ends: 0, attempt: 0, worker: undefined };
  seen.turns.set(number, turn);
  return turn;
};

/** What an AI without a new message goes on with, where the last one asked for the person who has just left. */
const GO_ON = 'Please go on.';

/** I3: the answer is to what was asked, and what clients were shown. */
const auditReply = (
  seen: Seen,
  { data }: RecordedEvent,
  ledger: Ledger,
  breach: (i: string, what: string) => void,
): void => {
  const { reply, message_ids } = data as {
    reply: { message_id: string; content: string } | null;
    message_ids: string[];
  };
  if (!reply) return;
  const own = message_ids.map((each) => seen.contents.get(each) ?? '?').join('\n');
  const asked = own === '' ? [...seen.standing, GO_ON] : [own];
  if (!asked.some((each) => reply.content === replyTo(each)))
    breach(
      'I3',
      `turn ${String(data['turn_number'])} asked "${asked.join('" or "')}" and was answered "${reply.content}"`,
    );
  const turnIds = message_ids.map((each) => seen.turnIds.get(each) ?? each);
  ledger.answered(String(data['turn_number']), turnIds, `${reply.message_id}: ${reply.content}`);
};
