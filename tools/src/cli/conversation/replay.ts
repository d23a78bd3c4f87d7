import type { BatonClient, Conversation, ConversationEvent } from '@baton/client';

import { type Change, changesBetween } from './changes.js';
import { eventsOf, stateAt } from './log.js';

/** One version: what happened, and what it made of the state. */
export interface Step {
  readonly version: number;
  readonly type: string;
  readonly occurred_at: string;
  readonly actor: ConversationEvent['actor'];
  readonly changes: readonly Change[];
}

/** Changes with every event and says nothing. */
const WITH_EVERY_EVENT = new Set(['version', 'updated_at']);

/** Folds the log version by version, as the orchestrator does, and tells what each event changed. */
export async function* replay(client: BatonClient, id: string, to: number = Infinity): AsyncGenerator<Step> {
  let before: unknown = {};
  for await (const { version, type, occurred_at, actor } of eventsOf(client, id)) {
    if (version > to) return;
    const after = await stateAt(client, id, version);
    const changes = changesBetween(before, after).filter(({ path }) => !WITH_EVERY_EVENT.has(path));
    yield { version, type, occurred_at, actor, changes };
    before = after;
  }
}

/**
 * Where the state that is shown differs from the fold of the log at its own version; nothing in a Baton that is well.
 */
export const driftOf = async (client: BatonClient, id: string): Promise<Change[]> => {
  const { data } = await client.api.GET('/api/v1/conversations/{id}', { params: { path: { id } } });
  const shown = data as Conversation;
  return changesBetween(await stateAt(client, id, shown.version), shown);
};
