import type { QueueItemEvent } from '@baton/contracts';

import { ROUTING, T0, after, foldAt, handover } from '../testing/queue.fixture.js';
import {
  assigned,
  closed,
  declined,
  enqueued,
  enqueuedWith,
  given,
  ids,
  offered,
  released,
  stamped,
  waitingAfter,
  withdrawn,
} from '../testing/queue-item-events.fixture.js';
import { queueItemDecider } from './queue-item.decider.js';
import { waitedMs, weightOf } from './queue-item.state.js';

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

  it('asks for no role, any language and anyone as its steps say, and says so where that was asked for', () => {
    const choosy = enqueuedWith({
      required_skills: { billing: 3 },
      routing: {
        ...ROUTING,
        role: 'senior',
        language: 'es',
        language_required: true,
        relax: [
          { after_ms: 1_000, any_language: true },
          { after_ms: 2_000, any_role: true },
          { after_ms: 3_000, anyone: true },
        ],
      },
    });
    const step = (n: number, data: Record<string, unknown>) => ({
      type: 'queue_item.relaxed',
      data: { ...ids, step: n, ...data },
    });
    const steps = [
      step(1, { required_skills: { billing: 3 }, role: 'senior', language_required: false }),
      step(2, { required_skills: { billing: 3 }, role: null, language_required: false }),
      step(3, { required_skills: {}, role: null, language_required: false }),
    ] as QueueItemEvent[];
    given([choosy])
      .when({ type: 'Relax', now: after(3_000) })
      .then(steps);
    expect(waitingAfter(choosy, ...steps.slice(0, 2))).toMatchObject({
      role: null,
      language_required: false,
    });
  });

  it('follows the rule of a longer wait, from its own first step', () => {
    const later = {
      after_ms: 90_000,
      queue: 'urgent',
      priority: 'URGENT' as const,
      required_skills: { tax: 2 },
      relax: [{ after_ms: 60_000, levels: -1 }],
      role: 'senior' as const,
      weight: 2,
    };
    const routing = { ...ROUTING, relax: [{ after_ms: 60_000, levels: -1 }], reroute: [later] };
    const waitingLong = enqueuedWith({ required_skills: { billing: 3 }, routing });
    const rerouted: QueueItemEvent = {
      type: 'queue_item.rerouted',
      data: { ...ids, step: 1, queue: 'urgent', priority: 'URGENT', required_skills: { tax: 2 } },
    };
    const steps = [
      relaxed(1, { billing: 2 }),
      rerouted,
      { type: 'queue_item.relaxed', data: { ...ids, step: 1, required_skills: { tax: 1 }, role: 'senior' } },
    ] as QueueItemEvent[];
    given([waitingLong])
      .when({ type: 'Relax', now: after(90_000) })
      .then(steps);
    const state = waitingAfter(waitingLong, ...steps);
    expect(state).toMatchObject({
      queue: 'urgent',
      priority: 'URGENT',
      asked_skills: { tax: 2 },
      required_skills: { tax: 1 },
      role: 'senior',
      enqueued_at: T0,
    });
    expect(weightOf(state)).toBe(2);
    given([waitingLong, ...steps])
      .when({ type: 'Relax', now: after(999_000) })
      .thenNothing();
  });

  it('warns once when most of the time to a first answer is gone, and not behind a breach', () => {
    const warned: QueueItemEvent = {
      type: 'queue_item.sla_warned',
      data: { ...ids, sla_due_at: after(300_000) },
    };
    given([enqueued])
      .when({ type: 'WarnSla', now: after(239_999) })
      .thenNothing();
    given([enqueued])
      .when({ type: 'WarnSla', now: after(240_000) })
      .then([warned]);
    given([enqueued, warned])
      .when({ type: 'WarnSla', now: after(240_001) })
      .thenNothing();
    given([enqueued, { type: 'queue_item.sla_breached', data: warned.data }])
      .when({ type: 'WarnSla', now: after(300_001) })
      .thenNothing();
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
