import type { Item, Provisional, SaidItem, Transcript } from '../transcript.js';
import type { Outgoing } from '../outbox.js';

/** One line of the list as it is drawn. */
export type Row =
  | { readonly kind: 'item'; readonly key: string; readonly item: Item; readonly isFirst: boolean }
  | { readonly kind: 'outgoing'; readonly key: string; readonly outgoing: Outgoing }
  | { readonly kind: 'provisional'; readonly key: string; readonly provisional: Provisional }
  | { readonly kind: 'ai_working'; readonly key: string }
  | { readonly kind: 'typing'; readonly key: string };

/** Said by the same one within this: the name stands once. */
const TOGETHER_MS = 5 * 60_000;

/** What the list shows: the log, what is on its way, and what goes on right now. */
export const rowsOf = (
  { items, arrived, provisional, isAiWorking }: Transcript,
  outgoing: readonly Outgoing[],
  isCustomerTyping: boolean,
): readonly Row[] => {
  const rows: Row[] = items.map((item, index) => ({
    kind: 'item',
    key: item.key,
    item,
    isFirst: !goesOn(items[index - 1], item),
  }));
  if (provisional) rows.push({ kind: 'provisional', key: 'provisional', provisional });
  else if (isAiWorking) rows.push({ kind: 'ai_working', key: 'ai_working' });
  for (const each of outgoing) {
    if (!arrived.has(each.turnId)) rows.push({ kind: 'outgoing', key: each.turnId, outgoing: each });
  }
  if (isCustomerTyping) rows.push({ kind: 'typing', key: 'typing' });
  return rows;
};

const goesOn = (before: Item | undefined, item: Item): boolean =>
  before?.kind === 'said' &&
  item.kind === 'said' &&
  isSameSpeaker(before, item) &&
  Date.parse(item.at) - Date.parse(before.at) < TOGETHER_MS;

const isSameSpeaker = (a: SaidItem, b: SaidItem): boolean =>
  a.speaker === b.speaker && a.agentId === b.agentId;
