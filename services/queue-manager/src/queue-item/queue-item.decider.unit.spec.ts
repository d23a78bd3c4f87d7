import type { QueueItemEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';
import { DeciderSpecification } from '@baton/testkit';

import { after, at, foldAt, handover, ROUTING, T0 } from '../testing/fixtures.spec.js';
import { queueItemDecider } from './queue-item.decider.js';
import { isSeeking, waitedMs, type WaitingItem } from './queue-item.state.js';

type Event = QueueItemEvent | Stamped<QueueItemEvent>;

const given = DeciderSpecification.for(at(queueItemDecider));

const SEALED = { $sealed: 'conversation/conv_1.AAAA' };
const ids = { handover_id: 'ho_1', conversation_id: 'conv_1' };
const enqueuedWith = (changes: Parameters<typeof handover>[0] = {}): QueueItemEvent => ({
  type: 'queue_item.enqueued',
  data: { ...handover(changes), enqueued_at: T0, sla_due_at: after(300_000) },
});
const enqueued = enqueuedWith();
const twoAtOnce = enqueuedWith({ routing: { ...ROUTING, offer: { ...ROUTING.offer, parallel: 2 } } });
const offered = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_created',
  data: { ...ids, offer_id, agent_id, expires_at: after(30_000), handover_context: SEALED },
});
const accepted = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_accepted',
  data: { ...ids, offer_id, agent_id },
});
const declined = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_declined',
  data: { ...ids, offer_id, agent_id, reason: null },
});
const timedOut = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_timed_out',
  data: { ...ids, offer_id, agent_id },
});
const withdrawn = (
  offer_id: string,
  agent_id: string,
  cause: (QueueItemEvent & { type: 'queue_item.offer_withdrawn' })['data']['cause'],
): QueueItemEvent => ({ type: 'queue_item.offer_withdrawn', data: { ...ids, offer_id, agent_id, cause } });
const assigned = (agent_id: string, offer_id: string | null): QueueItemEvent => ({
  type: 'queue_item.assigned',
  data: { ...ids, agent_id, offer_id },
});
const released: QueueItemEvent = {
  type: 'queue_item.requeued',
  data: { ...ids, cause: 'released', from_agent_id: 'ana', to_agent_id: null, required_skills: {} },
};
const closed = (
  cause: (QueueItemEvent & { type: 'queue_item.closed' })['data']['cause'],
): QueueItemEvent => ({
  type: 'queue_item.closed',
  data: { ...ids, cause },
});
const stamped = (event: QueueItemEvent, occurred_at: string): Stamped<QueueItemEvent> => ({
  ...event,
  occurred_at,
});

const waitingAfter = (...events: Event[]): WaitingItem => {
  const state = foldAt(queueItemDecider, events);
  if (state.status !== 'WAITING') throw new Error(`Expected a waiting item, not ${state.status}`);
  return state;
};

describe('entering the queue', () => {
  it('counts age and SLA from when the conversation was handed over', () => {
    given([]).when({ type: 'Enqueue', handover: handover(), asked_at: T0 }).then([enqueued]);
  });

  it('happens once per handover', () => {
    given([enqueued])
      .when({ type: 'Enqueue', handover: handover(), asked_at: after(5) })
      .thenNothing();
  });
});

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

  it('takes the item and withdraws the other offers', () => {
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'bob', offer_id: 'o2' })
      .then([accepted('o2', 'bob'), withdrawn('o1', 'ana', 'taken'), assigned('bob', 'o2')]);
  });

  it('stays quiet when the bus tells what is known', () => {
    given([enqueued, offered('o1', 'ana'), accepted('o1', 'ana'), assigned('ana', 'o1')])
      .when({ type: 'Assign', agent_id: 'ana', offer_id: 'o1' })
      .thenNothing();
  });

  it('stands even when the offer timed out before the news of it came', () => {
    given([enqueued, offered('o1', 'ana'), timedOut('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'ana', offer_id: 'o1' })
      .then([withdrawn('o2', 'bob', 'assigned'), assigned('ana', 'o1')]);
  });
});

describe("a supervisor's assignment", () => {
  it('withdraws every open offer', () => {
    given([twoAtOnce, offered('o1', 'ana'), offered('o2', 'bob')])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null })
      .then([withdrawn('o1', 'ana', 'assigned'), withdrawn('o2', 'bob', 'assigned'), assigned('sue', null)]);
  });

  it('moves an item from one agent to another', () => {
    given([enqueued, assigned('ana', null)])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null })
      .then([assigned('sue', null)]);
  });

  it('comes too late for what is over, or never was', () => {
    given([enqueued, closed('resolved')])
      .when({ type: 'Assign', agent_id: 'sue', offer_id: null })
      .thenNothing();
    given([]).when({ type: 'Assign', agent_id: 'sue', offer_id: null }).thenNothing();
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

describe('coming back to the queue', () => {
  it('keeps its age', () => {
    const state = waitingAfter(
      enqueued,
      stamped(assigned('ana', null), after(60_000)),
      stamped(released, after(600_000)),
    );
    expect(state.enqueued_at).toBe(T0);
    expect(state.sla_due_at).toBe(after(300_000));
  });

  it('counts as waiting only the time in the queue', () => {
    const state = waitingAfter(
      enqueued,
      stamped(assigned('ana', null), after(60_000)),
      stamped(released, after(600_000)),
    );
    expect(waitedMs(state, after(610_000))).toBe(70_000);
  });

  it('remembers who left it, and asks a named agent even if they once declined', () => {
    given([enqueued, assigned('ana', null)])
      .when({
        type: 'Requeue',
        cause: 'transferred',
        from_agent_id: 'ana',
        to_agent_id: 'bob',
        required_skills: null,
      })
      .then([
        {
          type: 'queue_item.requeued',
          data: {
            ...ids,
            cause: 'transferred',
            from_agent_id: 'ana',
            to_agent_id: 'bob',
            required_skills: {},
          },
        },
      ]);
    const toBob: QueueItemEvent = {
      type: 'queue_item.requeued',
      data: { ...ids, cause: 'transferred', from_agent_id: 'ana', to_agent_id: 'bob', required_skills: {} },
    };
    const state = waitingAfter(
      enqueued,
      offered('o1', 'bob'),
      declined('o1', 'bob'),
      assigned('ana', null),
      toBob,
    );
    expect(state.target_agent_id).toBe('bob');
    expect(state.passes).toEqual({ ana: { at: T0, how: 'left' } });
  });

  it('is no news about an item that another agent has by now', () => {
    given([enqueued, assigned('sue', null)])
      .when({
        type: 'Requeue',
        cause: 'released',
        from_agent_id: 'ana',
        to_agent_id: null,
        required_skills: null,
      })
      .thenNothing();
  });
});

describe('waiting long', () => {
  const relaxing = enqueuedWith({
    required_skills: { billing: 3, spanish: 2 },
    routing: {
      ...ROUTING,
      relax: [
        { after_ms: 60_000, levels: -1 },
        { after_ms: 120_000, drop: ['billing'] },
      ],
    },
  });
  const relaxed = (step: number, required_skills: Record<string, number>): QueueItemEvent => ({
    type: 'queue_item.relaxed',
    data: { ...ids, step, required_skills },
  });

  it('relaxes step by step, and catches up on steps it slept through', () => {
    given([relaxing])
      .when({ type: 'Relax', now: after(59_999) })
      .thenNothing();
    given([relaxing])
      .when({ type: 'Relax', now: after(60_000) })
      .then([relaxed(1, { billing: 2, spanish: 1 })]);
    given([relaxing])
      .when({ type: 'Relax', now: after(999_000) })
      .then([relaxed(1, { billing: 2, spanish: 1 }), relaxed(2, { spanish: 1 })]);
    given([relaxing, relaxed(1, { billing: 2, spanish: 1 })])
      .when({ type: 'Relax', now: after(60_001) })
      .thenNothing();
  });

  it('starts over where a transfer asks for other skills, and only there', () => {
    const requeuedFor = (required_skills: Record<string, number>): QueueItemEvent => ({
      type: 'queue_item.requeued',
      data: { ...ids, cause: 'transferred', from_agent_id: 'ana', to_agent_id: null, required_skills },
    });
    const history = [
      relaxing,
      relaxed(1, { billing: 2, spanish: 1 }),
      stamped(assigned('ana', null), after(70_000)),
    ];
    const same = waitingAfter(...history, requeuedFor({ billing: 3, spanish: 2 }));
    expect(same).toMatchObject({
      required_skills: { billing: 2, spanish: 1 },
      relaxed_steps: 1,
      waited_ms: 70_000,
    });
    const other = waitingAfter(...history, requeuedFor({ tax: 4 }));
    expect(other).toMatchObject({ required_skills: { tax: 4 }, relaxed_steps: 0, waited_ms: 0 });
  });

  it('breaches its SLA once, and only while it waits', () => {
    const breached: QueueItemEvent = {
      type: 'queue_item.sla_breached',
      data: { ...ids, sla_due_at: after(300_000) },
    };
    given([enqueued])
      .when({ type: 'BreachSla', now: after(299_999) })
      .thenNothing();
    given([enqueued])
      .when({ type: 'BreachSla', now: after(300_000) })
      .then([breached]);
    given([enqueued, breached])
      .when({ type: 'BreachSla', now: after(300_001) })
      .thenNothing();
    given([enqueued, assigned('ana', null)])
      .when({ type: 'BreachSla', now: after(300_000) })
      .thenNothing();
  });
});

describe('leaving the queue', () => {
  it('withdraws what is open and says why', () => {
    given([enqueued, offered('o1', 'ana')])
      .when({ type: 'Close', cause: 'returned_to_ai' })
      .then([withdrawn('o1', 'ana', 'conversation_moved_on'), closed('returned_to_ai')]);
    given([enqueued, assigned('ana', null)])
      .when({ type: 'Close', cause: 'resolved' })
      .then([closed('resolved')]);
  });

  it('happens once, and not to what never was there', () => {
    given([enqueued, closed('resolved')])
      .when({ type: 'Close', cause: 'erased' })
      .thenNothing();
    given([]).when({ type: 'Close', cause: 'resolved' }).thenNothing();
  });

  it('keeps who had it, and drops the ciphertext', () => {
    const state = foldAt(queueItemDecider, [enqueued, assigned('ana', null), closed('resolved')]);
    expect(state).toMatchObject({
      status: 'CLOSED',
      agent_id: 'ana',
      cause: 'resolved',
      handover_context: null,
    });
  });
});
