import type { QueueItemEvent } from '@baton/contracts';

import { T0, after } from '../testing/queue.fixture.js';
import {
  accepted,
  assigned,
  closed,
  declined,
  enqueued,
  given,
  ids,
  offered,
  stamped,
  timedOut,
  twoAtOnce,
  waitingAfter,
  withdrawn,
} from '../testing/queue-item-events.fixture.js';
import { isSeeking } from './queue-item.state.js';

describe('offering', () => {
  it('carries the sealed context and runs out when the policy says', () => {
    given([enqueued])
      .when({ type: 'Offer', offer_id: 'o1', agent_id: 'ana', now: T0 })
      .then([offered('o1', 'ana')]);
  });

  it('asks as many at once as the policy says, and no more', () => {
    given([twoAtOnce, offered('o1', 'ana')])
      .when({ type: 'Offer', offer_id: 'o2', agent_id: 'bob', now: T0 })
      .then([offered('o2', 'bob')]);
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Offer', offer_id: 'o3', agent_id: 'cem', now: T0 })
      .thenThrows({ code: 'conflict' });
  });

  it('asks nobody twice at once', () => {
    given([twoAtOnce, offered('o1', 'ana')])
      .when({ type: 'Offer', offer_id: 'o2', agent_id: 'ana', now: T0 })
      .thenNothing();
  });

  it('is over once somebody has it', () => {
    given([enqueued, offered('o1', 'ana'), accepted('o1', 'ana'), assigned('ana', 'o1')])
      .when({ type: 'Offer', offer_id: 'o2', agent_id: 'bob', now: T0 })
      .thenThrows({ code: 'conflict' });
  });
});

describe('an acceptance', () => {
  it('may be tried while the offer is open', () => {
    given([enqueued, offered('o1', 'ana')])
      .when({ type: 'CheckOffer', offer_id: 'o1', now: after(29_999) })
      .thenNothing();
  });

  it.each([
    ['ran out', [enqueued, offered('o1', 'ana')], after(30_000)],
    ['timed out', [enqueued, offered('o1', 'ana'), timedOut('o1', 'ana')], T0],
    ['was declined', [enqueued, offered('o1', 'ana'), declined('o1', 'ana')], T0],
    ['was withdrawn', [enqueued, offered('o1', 'ana'), withdrawn('o1', 'ana', 'agent_unavailable')], T0],
    ['was accepted', [enqueued, offered('o1', 'ana'), accepted('o1', 'ana'), assigned('ana', 'o1')], T0],
    ['never was', [enqueued], T0],
  ])('is too late when the offer %s', (_how, history, now) => {
    given(history).when({ type: 'CheckOffer', offer_id: 'o1', now }).thenThrows({ code: 'offer-gone' });
  });

  it('may be tried again where it died before its agent was told', () => {
    const told: QueueItemEvent = {
      type: 'queue_item.assigned',
      data: { ...ids, agent_id: 'ana', offer_id: 'o1', told_by: 'conversation' },
    };
    given([enqueued, offered('o1', 'ana'), accepted('o1', 'ana'), told])
      .when({ type: 'CheckOffer', offer_id: 'o1', now: after(60_000) })
      .thenNothing();
  });

  it('takes the item and withdraws the other offers', () => {
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'bob', offer_id: 'o2', told_by: 'acceptance' })
      .then([accepted('o2', 'bob'), withdrawn('o1', 'ana', 'taken'), assigned('bob', 'o2')]);
  });

  it('stays quiet when the bus tells what is known', () => {
    given([enqueued, offered('o1', 'ana'), accepted('o1', 'ana'), assigned('ana', 'o1')])
      .when({ type: 'Assign', agent_id: 'ana', offer_id: 'o1', told_by: 'acceptance' })
      .thenNothing();
  });

  it('stands even when the offer timed out before the news of it came', () => {
    given([enqueued, offered('o1', 'ana'), timedOut('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'ana', offer_id: 'o1', told_by: 'acceptance' })
      .then([withdrawn('o2', 'bob', 'assigned'), assigned('ana', 'o1')]);
  });
});

describe("a supervisor's assignment", () => {
  it('withdraws every open offer', () => {
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null, told_by: 'acceptance' })
      .then([withdrawn('o1', 'ana', 'assigned'), withdrawn('o2', 'bob', 'assigned'), assigned('sue', null)]);
  });

  it('moves an item from one agent to another', () => {
    given([enqueued, assigned('ana', null)])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null, told_by: 'acceptance' })
      .then([assigned('sue', null)]);
  });

  it('comes too late for what is over, or never was', () => {
    given([enqueued, closed('resolved')])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null, told_by: 'acceptance' })
      .thenNothing();
    given([]).when({ type: 'Assign', agent_id: 'sue', offer_id: null, told_by: 'acceptance' }).thenNothing();
  });
});

describe('an offer that comes to nothing', () => {
  it('is declined with a reason, once', () => {
    given([enqueued, offered('o1', 'ana')])
      .when({ type: 'DeclineOffer', offer_id: 'o1', reason: 'On a call', now: T0 })
      .then([
        {
          type: 'queue_item.offer_declined',
          data: { ...ids, offer_id: 'o1', agent_id: 'ana', reason: 'On a call' },
        },
      ]);
    given([enqueued, offered('o1', 'ana'), declined('o1', 'ana')])
      .when({ type: 'DeclineOffer', offer_id: 'o1', reason: null, now: T0 })
      .thenThrows({ code: 'offer-gone' });
  });

  it('times out once', () => {
    given([enqueued, offered('o1', 'ana')])
      .when({ type: 'TimeOutOffer', offer_id: 'o1' })
      .then([timedOut('o1', 'ana')]);
    given([enqueued, offered('o1', 'ana'), timedOut('o1', 'ana')])
      .when({ type: 'TimeOutOffer', offer_id: 'o1' })
      .thenNothing();
    given([]).when({ type: 'TimeOutOffer', offer_id: 'o1' }).thenNothing();
  });

  it('is withdrawn from the one agent who went away', () => {
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'WithdrawOffers', cause: 'agent_unavailable', agent_id: 'ana' })
      .then([withdrawn('o1', 'ana', 'agent_unavailable')]);
  });

  it('is remembered, with who it was and how', () => {
    const state = waitingAfter(
      enqueued,
      offered('o1', 'ana'),
      stamped(declined('o1', 'ana'), after(1000)),
      offered('o2', 'bob'),
      stamped(timedOut('o2', 'bob'), after(2000)),
    );
    expect(state.passes).toEqual({
      ana: { at: after(1000), how: 'declined' },
      bob: { at: after(2000), how: 'missed' },
    });
    expect(state.offers).toEqual({});
  });

  it('holds the item back for a while where the conversation itself had moved on', () => {
    const state = waitingAfter(
      enqueued,
      offered('o1', 'ana'),
      withdrawn('o1', 'ana', 'conversation_moved_on'),
    );
    expect(isSeeking(state, after(29_999))).toBe(false);
    expect(isSeeking(state, after(30_000))).toBe(true);
  });
});
