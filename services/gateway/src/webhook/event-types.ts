import { EVENT_DEFINITIONS, type RecordedEvent } from '@baton/contracts';

import { NOTIFICATION_TYPES, NOTIFYING_TYPES, toNotifications } from '../stream/notification.js';

/** Where the log of a stream is read. */
export type LogOwner = 'orchestrator' | 'queueManager';

/** The streams whose facts go out, and who has their log. */
export const PUBLIC_STREAMS: Readonly<Record<string, LogOwner>> = {
  conversation: 'orchestrator',
  run: 'orchestrator',
  approval: 'orchestrator',
  consultation: 'orchestrator',
  queue_item: 'queueManager',
  queue: 'queueManager',
  human_agent: 'queueManager',
};

/** How Baton keeps its books: no news to anybody outside. */
const INTERNAL: ReadonlySet<string> = new Set([
  'run.input_gathered',
  'run.step_completed',
  'run.agent_thought',
  'run.tool_started',
  'run.tool_finished',
  'run.reply_repeated',
  'run.decision_recorded',
  'run.consulted',
  'queue.estimated',
  'human_agent.capacity_taken',
  'human_agent.capacity_freed',
]);

const streamOf = (type: string): string => type.slice(0, type.indexOf('.'));

/** What happened, by the names of the log. */
export const FACTS: readonly string[] = EVENT_DEFINITIONS.map(({ type }) => type).filter(
  (type) => Object.hasOwn(PUBLIC_STREAMS, streamOf(type)) && !INTERNAL.has(type),
);

/** The same as staff are told it, by the names of their stream; what is a fact's name is the fact. */
export const NOTICES: readonly string[] = NOTIFICATION_TYPES.filter(
  (type) => type !== 'cursor.expired' && !FACTS.includes(type),
);

/** The types that a pattern stands for: `*`, `conversation.*` or a type itself; none where it stands for nothing. */
export const typesOf = (pattern: string): readonly string[] => {
  if (pattern === '*') return FACTS;
  if (!pattern.endsWith('.*')) return [...FACTS, ...NOTICES].filter((type) => type === pattern);
  const isMeant = (type: string): boolean => type.startsWith(pattern.slice(0, -1));
  // Of facts and notices that say the same one is enough.
  const facts = FACTS.filter(isMeant);
  return facts.length > 0 ? facts : NOTICES.filter(isMeant);
};

export const expand = (patterns: readonly string[]): ReadonlySet<string> =>
  new Set(patterns.flatMap(typesOf));

/** The names under which an event can be subscribed to; its personal fields may be sealed. */
export const namesOf = (event: RecordedEvent): readonly string[] => [
  event.type,
  ...toNotifications(event)
    .map(({ type }) => type)
    .filter((type) => NOTICES.includes(type)),
];

/** The log's types that may come to any of these names. */
export const factsBehind = (names: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([
    ...FACTS.filter((type) => names.has(type)),
    ...(NOTICES.some((type) => names.has(type)) ? NOTIFYING_TYPES : []),
  ]);
