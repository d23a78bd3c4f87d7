import type { Breach } from '../ledger.js';

/** What the auditor reads of one stored event: nothing that is personal, so nothing that is sealed. */
export interface StoredEvent {
  readonly tenant_id: string;
  readonly stream_id: string;
  readonly version: number;
  readonly global_position: number;
  readonly event_id: string;
  readonly type: string;
  readonly turn_id: string | null;
  readonly turn_number: number | null;
  readonly attempt: number | null;
  readonly sink: string | null;
  readonly agent_id: string | null;
  readonly handover_id: string | null;
  readonly required_skills: Readonly<Record<string, number>> | null;
  readonly owner_epoch: number | null;
  /** When it was committed, in epoch milliseconds. */
  readonly at: number;
}

export interface FoldedTurn {
  received: number;
  started: number;
  completed: number;
  attempt: number;
}

/** A conversation as the auditor understands its log: its own reading, not the product's `evolve`. */
export interface FoldedConversation {
  readonly tenant: string;
  readonly id: string;
  state: string;
  version: number;
  owner: string;
  handoverId: string | null;
  epoch: number;
  readonly turns: Map<number, FoldedTurn>;
  /** Turn ids of messages that are in the log, with how often. */
  readonly inputs: Map<string, number>;
}

/** The moves of the seven states as the outside contract has them: event, from where, to where. */
const MOVES: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>> = {
  'conversation.turn_started': { from: ['NEW', 'FINISHED', 'BACK_TO_AI', 'RESOLVED'], to: 'AI_PROCESSING' },
  'conversation.handed_over': {
    from: ['NEW', 'AI_PROCESSING', 'FINISHED', 'BACK_TO_AI', 'RESOLVED', 'PENDING_HUMAN'],
    to: 'PENDING_HUMAN',
  },
  'conversation.assigned': { from: ['PENDING_HUMAN'], to: 'HUMAN_ACTIVE' },
  'conversation.released': { from: ['HUMAN_ACTIVE'], to: 'PENDING_HUMAN' },
  'conversation.transferred': { from: ['HUMAN_ACTIVE'], to: 'PENDING_HUMAN' },
  'conversation.resolved': { from: ['PENDING_HUMAN', 'HUMAN_ACTIVE'], to: 'RESOLVED' },
  'conversation.returned_to_ai': { from: ['PENDING_HUMAN', 'HUMAN_ACTIVE'], to: 'BACK_TO_AI' },
  'conversation.handover_cancelled': { from: ['PENDING_HUMAN'], to: 'BACK_TO_AI' },
};
const ENDS_OWNERSHIP = new Set([
  'conversation.released',
  'conversation.transferred',
  'conversation.resolved',
  'conversation.returned_to_ai',
]);

/** Folds one conversation's events, in order of their versions, and says what should not be there. */
export const foldConversation = (
  events: readonly StoredEvent[],
): { readonly conversation: FoldedConversation; readonly breaches: Breach[] } => {
  const [first] = events as [StoredEvent];
  const breaches: Breach[] = [];
  const conversation: FoldedConversation = {
    tenant: first.tenant_id,
    id: first.stream_id,
    state: '',
    version: 0,
    owner: 'ai',
    handoverId: null,
    epoch: 0,
    turns: new Map(),
    inputs: new Map(),
  };
  for (const event of events) {
    const broken = (invariant: string, what: string): void =>
      void breaches.push({ invariant, what: `${conversation.id} v${event.version} ${event.type}: ${what}` });
    if (event.version !== conversation.version + 1)
      broken('I8', `behind version ${conversation.version} comes ${event.version}`);
    conversation.version = event.version;
    if (event.owner_epoch !== null) {
      if (event.owner_epoch < conversation.epoch)
        broken('I6', `epoch ${event.owner_epoch} after ${conversation.epoch}`);
      conversation.epoch = event.owner_epoch;
    }
    apply(conversation, event, broken);
  }
  for (const [number, turn] of conversation.turns) {
    if (turn.completed !== 1)
      breaches.push({
        invariant: 'I2',
        what: `turn ${number} of ${conversation.id} has ${turn.completed} ends (${conversation.state})`,
      });
  }
  for (const [turnId, times] of conversation.inputs) {
    if (times > 1)
      breaches.push({ invariant: 'I1', what: `${conversation.id}:${turnId} is in the log ${times} times` });
  }
  return { conversation, breaches };
};

type Broken = (invariant: string, what: string) => void;

const apply = (conversation: FoldedConversation, event: StoredEvent, broken: Broken): void => {
  if (event.type === 'conversation.started') {
    if (conversation.state !== '') broken('I7', 'it had begun before');
    conversation.state = 'NEW';
    return;
  }
  const move = MOVES[event.type];
  if (move && !move.from.includes(conversation.state)) broken('I7', `from ${conversation.state}`);
  applyTurn(conversation, event, broken);
  applyOwner(conversation, event, broken);
  if (move) conversation.state = move.to;
  if (event.handover_id !== null) conversation.handoverId = event.handover_id;
};

const applyTurn = (conversation: FoldedConversation, event: StoredEvent, broken: Broken): void => {
  if (event.turn_id !== null)
    conversation.inputs.set(event.turn_id, (conversation.inputs.get(event.turn_id) ?? 0) + 1);
  // What a person wrote belongs to the customer's turn, and ends none.
  if (event.turn_number === null || event.type === 'conversation.human_message_sent') return;
  if (event.type === 'conversation.handed_over') return;
  const turn = conversation.turns.get(event.turn_number) ?? {
    received: 0,
    started: 0,
    completed: 0,
    attempt: 0,
  };
  conversation.turns.set(event.turn_number, turn);
  switch (event.type) {
    case 'conversation.message_received':
      turn.received += 1;
      if (turn.completed > 0) broken('I2', 'a message for a turn that was over');
      break;
    case 'conversation.turn_started':
      turn.started += 1;
      turn.attempt = event.attempt ?? 1;
      if (turn.started > 1) broken('I2', 'it had started before');
      break;
    case 'conversation.turn_attempt_started':
      if (conversation.state !== 'AI_PROCESSING') broken('I7', `from ${conversation.state}`);
      if ((event.attempt ?? 0) <= turn.attempt)
        broken('I6', `attempt ${event.attempt} after ${turn.attempt}`);
      turn.attempt = event.attempt ?? turn.attempt;
      break;
    case 'conversation.turn_completed':
      turn.completed += 1;
      if ((event.attempt ?? 0) !== turn.attempt)
        broken('I6', `attempt ${event.attempt} ended the turn that attempt ${turn.attempt} had`);
      if (turn.started > 0 && event.sink !== 'HANDOVER') {
        if (conversation.state !== 'AI_PROCESSING') broken('I7', `from ${conversation.state}`);
        conversation.state = 'FINISHED';
      }
      break;
    default:
      break;
  }
};

const applyOwner = (conversation: FoldedConversation, event: StoredEvent, broken: Broken): void => {
  if (event.type === 'conversation.assigned') {
    if (conversation.owner !== 'ai') broken('I6', `${conversation.owner} had it still`);
    conversation.owner = event.agent_id ?? 'nobody';
  } else if (event.type === 'conversation.human_message_sent') {
    if (event.agent_id !== conversation.owner)
      broken('I6', `${event.agent_id} wrote, ${conversation.owner} had it`);
  } else if (ENDS_OWNERSHIP.has(event.type)) {
    conversation.owner = 'ai';
  }
};
