import type { MemoryHit, MessageView } from '@baton/contracts';

/** Memories but for those of turns that the prompt shows as they were said: nothing is told twice. */
export const withoutVerbatim = (
  memories: readonly MemoryHit[],
  conversationId: string,
  recent: readonly MessageView[],
): MemoryHit[] => {
  // Of the oldest turn shown, the beginning may be missing.
  const [oldest] = recent;
  const whole = new Set(recent.map(({ turn_number }) => turn_number));
  whole.delete(oldest?.turn_number ?? null);
  return memories.filter(
    ({ kind, source }) =>
      kind !== 'turn' || source.conversation_id !== conversationId || !whole.has(source.turn_number),
  );
};
