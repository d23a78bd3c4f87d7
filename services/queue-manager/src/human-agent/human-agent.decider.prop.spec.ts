import type { HumanAgentEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';
import fc from 'fast-check';

import { after, PROFILE } from '../testing/queue.fixture.js';
import type { HumanAgentCommand } from './human-agent.commands.js';
import { humanAgentDecider } from './human-agent.decider.js';
import { type HumanAgent, isRegistered, takenSlots } from './human-agent.state.js';

const handoverId = fc.constantFrom('ho_1', 'ho_2', 'ho_3', 'ho_4', 'ho_5');

/** What the queue does by itself: only the log of a conversation may go beyond capacity. */
const command: fc.Arbitrary<HumanAgentCommand> = fc.oneof(
  fc.record({ type: fc.constant('ReserveSlot' as const), handover_id: handoverId }),
  fc.record({ type: fc.constant('ReserveSlot' as const), handover_id: handoverId }),
  fc.record({
    type: fc.constant('FreeSlot' as const),
    handover_id: handoverId,
    cause: fc.constantFrom('declined' as const, 'withdrawn' as const, 'released' as const, 'closed' as const),
  }),
  fc.record({ type: fc.constant('MissOffer' as const), handover_id: handoverId, limit: fc.constant(3) }),
  fc.record({
    type: fc.constant('StartWrapUp' as const),
    handover_id: handoverId,
    conversation_id: fc.constant('conv_1'),
  }),
  fc.record({ type: fc.constant('EndWrapUp' as const), handover_id: handoverId }),
  fc.record({
    type: fc.constant('SetPresence' as const),
    status: fc.constantFrom('ONLINE' as const, 'ONLINE' as const, 'AWAY' as const, 'OFFLINE' as const),
  }),
  fc.record({ type: fc.constant('AcceptOffered' as const), handover_id: handoverId }),
) as fc.Arbitrary<HumanAgentCommand>;

const registered: Stamped<HumanAgentEvent> = {
  type: 'human_agent.registered',
  data: { agent_id: 'ana', profile: { ...PROFILE, max_concurrent: 3 } },
  occurred_at: after(0),
};

const decideOrRefuse = (
  next: HumanAgentCommand | { type: 'AcceptOffered'; handover_id: string },
  state: HumanAgent,
) => {
  try {
    if (next.type !== 'AcceptOffered') return humanAgentDecider.decide(next, state);
    const offered = isRegistered(state) && state.slots[next.handover_id]?.holds === 'offer';
    return offered
      ? humanAgentDecider.decide({ type: 'TakeSlot', handover_id: next.handover_id }, state)
      : [];
  } catch (error) {
    expect((error as { code?: string }).code).toBe('conflict');
    return [];
  }
};

describe('an agent, whatever is asked of them', () => {
  it('never holds more than their capacity', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        let state = humanAgentDecider.evolve(humanAgentDecider.initialState(), registered);
        commands.forEach((next, index) => {
          for (const event of decideOrRefuse(next, state)) {
            state = humanAgentDecider.evolve(state, { ...event, occurred_at: after(index) });
          }
          expect(isRegistered(state) && takenSlots(state)).toBeLessThanOrEqual(3);
        });
      }),
    );
  });

  it('takes any event in any state without failing', () => {
    const event = fc.record({
      type: fc.constantFrom(
        'human_agent.updated',
        'human_agent.capacity_taken',
        'human_agent.capacity_freed',
        'human_agent.wrap_up_started',
        'human_agent.presence_changed',
        'human_agent.of_a_newer_writer',
      ),
      data: fc.record({
        agent_id: fc.constant('ana'),
        profile: fc.constant(PROFILE),
        handover_id: handoverId,
        status: fc.constantFrom('ONLINE', 'AWAY'),
        cause: fc.constantFrom('offered', 'assigned', 'timed_out', 'declined', 'closed'),
      }),
      occurred_at: fc.constant(after(0)),
    });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const history = [registered, ...(events as unknown as Stamped<HumanAgentEvent>[])];
        history.reduce<HumanAgent>((state, each) => humanAgentDecider.evolve(state, each), {
          status: 'UNREGISTERED',
        });
      }),
    );
  });
});
