import type { RecordedEvent } from '@baton/contracts';

/** What ends a wait in the queue, one way or another. */
const ENDS: ReadonlySet<string> = new Set([
  'conversation.assigned',
  'conversation.resolved',
  'conversation.returned_to_ai',
  'conversation.handover_cancelled',
  'conversation.erased',
]);
/** What puts a conversation into the queue, or back into it. */
const BEGINS: ReadonlySet<string> = new Set([
  'conversation.handed_over',
  'conversation.released',
  'conversation.transferred',
]);

/** The hand-over that waits for a person behind this event; null where none does. */
export const awaitedHandover = (
  before: string | null,
  { type, data }: Pick<RecordedEvent, 'type' | 'data'>,
): string | null => {
  if (ENDS.has(type)) return null;
  if (!BEGINS.has(type)) return before;
  const { handover_id } = data as { handover_id?: unknown };
  return typeof handover_id === 'string' ? handover_id : before;
};
