import type { LogEvent } from '../api/types.js';

/** What an event is about: which filter shows it, and how it looks. */
export type EventKind = 'customer' | 'ai' | 'human' | 'hands' | 'quiet';

/** An event as a person reads it. */
export interface ToldEvent {
  /** Names its words in `inspector.event`; null for one that this desk has no words for. */
  readonly words: string | null;
  readonly values: Readonly<Record<string, string | number>>;
  readonly kind: EventKind;
  /** Whose name stands in the words. */
  readonly agentId: string | null;
  readonly reason: string | null;
  readonly runId: string | null;
  /** Of a turn that ended: what it cost. */
  readonly usage: Usage | null;
}

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: string;
}

const KINDS: Readonly<Record<string, EventKind>> = {
  started: 'quiet',
  message_received: 'customer',
  turn_started: 'ai',
  turn_attempt_started: 'ai',
  turn_restarted: 'ai',
  turn_paused: 'ai',
  turn_resumed: 'ai',
  turn_completed: 'ai',
  handed_over: 'hands',
  assigned: 'hands',
  human_message_sent: 'human',
  released: 'hands',
  transferred: 'hands',
  resolved: 'hands',
  returned_to_ai: 'hands',
  handover_cancelled: 'hands',
  callback_cancelled: 'hands',
  notice_sent: 'quiet',
  whispered: 'human',
  feedback_recorded: 'customer',
  erased: 'quiet',
};

const RUN_NAMES: ReadonlySet<string> = new Set([
  'started',
  'resumed',
  'input_gathered',
  'step_completed',
  'agent_thought',
  'tool_started',
  'tool_finished',
  'reply_repeated',
  'paused',
  'decision_recorded',
  'consulted',
  'completed',
  'failed',
  'cancelled',
]);
/** More of a text is in the event itself. */
const MOST_SHOWN = 300;

/** An event of a conversation. */
export const toldEvent = ({ type, data }: LogEvent): ToldEvent => {
  const name = type.slice(type.indexOf('.') + 1);
  const kind = KINDS[name];
  const reply = objectOf(data['reply']);
  const workflow = objectOf(data['workflow']);
  return {
    words: kind === undefined ? null : name === 'turn_completed' ? endOf(data) : name,
    kind: kind ?? 'quiet',
    values: {
      ...numbersOf(data),
      workflow: textOf(workflow['name']),
      version: Number(workflow['version'] ?? 0),
      content: shortened(textOf(reply['content'] ?? data['content'] ?? data['message'])),
      note: shortened(textOf(data['note'])),
    },
    agentId: idOf(data['agent_id'] ?? data['from_agent_id'] ?? data['to_agent_id']),
    reason: idOf(data['reason']),
    runId: idOf(data['run_id']),
    usage: name === 'turn_completed' ? usageOf(data['usage']) : null,
  };
};

/** An event of a run: a step, a thought, a tool. */
export const toldRunEvent = ({ type, data }: LogEvent): Pick<ToldEvent, 'words' | 'values'> => {
  const name = type.slice(type.indexOf('.') + 1);
  const error = objectOf(data['error']);
  const isFailed = data['error'] !== null && data['error'] !== undefined;
  const workflow = objectOf(data['workflow']);
  return {
    words: !RUN_NAMES.has(name) ? null : name === 'tool_finished' && isFailed ? 'tool_failed' : name,
    values: {
      ...numbersOf(data),
      workflow: textOf(workflow['name']),
      version: Number(workflow['version'] ?? 0),
      node_id: textOf(data['node_id']),
      tool: textOf(data['tool']),
      status: textOf(data['status']).toLowerCase(),
      decision: textOf(data['decision']).toLowerCase(),
      sink: textOf(objectOf(data['sink'])['kind']),
      content: shortened(textOf(data['text'])),
      error: shortened(textOf(error['message'] ?? error['code'])),
      took: took(Number(data['duration_ms'] ?? 0)),
    },
  };
};

/** `340 ms`, `2.1 s`, `4 min`, `3 h`. */
export const took = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
};

/** From the first message that a turn answers to its end; null where the log has no such message. */
export const turnTook = (events: readonly LogEvent[], end: LogEvent): number | null => {
  const first = events.find(
    ({ type, data }) =>
      type === 'conversation.message_received' && data['turn_number'] === end.data['turn_number'],
  );
  return first ? Date.parse(end.occurred_at) - Date.parse(first.occurred_at) : null;
};

const endOf = (data: LogEvent['data']): string => {
  if (data['status'] === 'FAILED') return 'turn_completed_failed';
  if (data['status'] === 'CANCELLED') return 'turn_completed_cancelled';
  if (data['sink'] === 'HANDOVER') return 'turn_completed_handover';
  return data['reply'] === null ? 'turn_completed' : 'turn_completed_replied';
};

const usageOf = (value: unknown): Usage | null => {
  const { input_tokens: input, output_tokens: output, cost_usd: cost } = objectOf(value);
  return typeof input === 'number' && typeof output === 'number' && typeof cost === 'string'
    ? { input_tokens: input, output_tokens: output, cost_usd: cost }
    : null;
};

/** Numbers of the event go into its words under their own names. */
const numbersOf = (data: LogEvent['data']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const idOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const shortened = (text: string): string =>
  text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
