import { type BusClient } from '@baton/bus';
import { BatonError, type RecordedEvent, subjects } from '@baton/contracts';

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
      const why = endOf(event, running);
      if (why) taken.abort(why);
    },
  );
  return { signal: AbortSignal.any([lease, taken.signal]), stop };
};

/**
 * Why the worker of this attempt has nothing left to do. A run that nobody goes on with is `cancelled`, and its model
 * calls with it; one that another worker took over is `stale-owner`: what was asked for is asked for again.
 */
const endOf = (event: RecordedEvent, running: OpenTurn): BatonError | undefined => {
  switch (event.type) {
    case 'conversation.handed_over':
    case 'conversation.assigned':
    case 'conversation.erased':
      return over('A person has the conversation, or it is gone');
    case 'conversation.turn_completed':
      return event.data['turn_number'] === running.turn_number ? over('The turn has ended') : undefined;
    case 'conversation.turn_restarted':
      return isLater(event, running) ? over('New input came') : undefined;
    case 'conversation.turn_attempt_started':
      return isLater(event, running)
        ? new BatonError('stale-owner', 'Another worker goes on with the turn')
        : undefined;
    default:
      return undefined;
  }
};

const over = (why: string): BatonError => new BatonError('cancelled', why);

const isLater = (event: RecordedEvent, running: OpenTurn): boolean =>
  Number(event.data['attempt']) > running.attempt;
