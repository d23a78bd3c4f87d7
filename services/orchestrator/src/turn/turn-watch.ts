import { type BusClient } from '@baton/bus';
import { type RecordedEvent, subjects } from '@baton/contracts';

import type { OpenTurn } from '../conversation/conversation.state.js';
import type { BegunTurn } from './begun-turn.js';

/** Hears at once that a turn is over or another's; the commit finds it out anyway. */
export const watchTurn = (
  bus: BusClient,
  tenantId: string,
  { conversation, running }: BegunTurn,
  lease: AbortSignal,
): { readonly signal: AbortSignal; readonly stop: () => void } => {
  const taken = new AbortController();
  const stop = bus.subscribeEvents(
    subjects.eventsOfStream(tenantId, 'conversation', conversation.conversation_id),
    (event) => {
      if (endsTurn(event, running)) taken.abort();
    },
  );
  return { signal: AbortSignal.any([lease, taken.signal]), stop };
};

/** True where this event means that the worker of this attempt has nothing left to do. */
const endsTurn = (event: RecordedEvent, running: OpenTurn): boolean => {
  switch (event.type) {
    case 'conversation.handed_over':
    case 'conversation.assigned':
    case 'conversation.erased':
      return true;
    case 'conversation.turn_attempt_started':
      return Number(event.data['attempt']) > running.attempt;
    default:
      return false;
  }
};
