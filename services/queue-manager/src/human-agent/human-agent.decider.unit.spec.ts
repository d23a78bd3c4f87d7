import type { HumanAgentEvent } from '@baton/contracts';
import { DeciderSpecification } from '@baton/testkit';

import { at, foldAt, PROFILE } from '../testing/queue.fixture.js';
import { humanAgentDecider } from './human-agent.decider.js';
import { freeSlots, isRegistered } from './human-agent.state.js';

const given = DeciderSpecification.for(at(humanAgentDecider));

const registered: HumanAgentEvent = {
  type: 'human_agent.registered',
  data: { agent_id: 'ana', profile: PROFILE },
};
const online: HumanAgentEvent = {
  type: 'human_agent.presence_changed',
  data: { agent_id: 'ana', status: 'ONLINE', cause: 'put' },
};
const away: HumanAgentEvent = {
  type: 'human_agent.presence_changed',
  data: { agent_id: 'ana', status: 'AWAY', cause: 'missed_offers' },
};
const taken = (handover_id: string, cause: 'offered' | 'assigned'): HumanAgentEvent => ({
  type: 'human_agent.capacity_taken',
  data: { agent_id: 'ana', handover_id, cause },
});
const freed = (
  handover_id: string,
  cause: (HumanAgentEvent & { type: 'human_agent.capacity_freed' })['data']['cause'],
): HumanAgentEvent => ({ type: 'human_agent.capacity_freed', data: { agent_id: 'ana', handover_id, cause } });
const wrappingUp: HumanAgentEvent = {
  type: 'human_agent.wrap_up_started',
  data: { agent_id: 'ana', handover_id: 'ho_1', conversation_id: 'conv_1' },
};

describe('registering an agent', () => {
  it('records who they are', () => {
    given([]).when({ type: 'RegisterAgent', agent_id: 'ana', profile: PROFILE }).then([registered]);
  });

  it('stays quiet when the same agent is registered again', () => {
    given([registered]).when({ type: 'RegisterAgent', agent_id: 'ana', profile: PROFILE }).thenNothing();
  });

  it('refuses another agent under the same id', () => {
    given([registered])
      .when({ type: 'RegisterAgent', agent_id: 'ana', profile: { ...PROFILE, skills: { billing: 5 } } })
      .thenThrows({ code: 'conflict' });
  });

  it('starts them offline, with all their capacity free', () => {
    const state = foldAt(humanAgentDecider, [registered]);
    expect(state.status).toBe('OFFLINE');
    expect(isRegistered(state) && freeSlots(state)).toBe(2);
  });
});

describe('changing an agent', () => {
  it('keeps what is not named', () => {
    given([registered])
      .when({ type: 'UpdateAgent', changes: { skills: { spanish: 5 }, name: undefined } })
      .then([
        {
          type: 'human_agent.updated',
          data: { agent_id: 'ana', profile: { ...PROFILE, skills: { spanish: 5 } } },
        },
      ]);
  });

  it('stays quiet when nothing changes', () => {
    given([registered])
      .when({ type: 'UpdateAgent', changes: { name: 'Ana' } })
      .thenNothing();
  });

  it('does not know an agent who was never registered', () => {
    given([])
      .when({ type: 'UpdateAgent', changes: { name: 'Ana' } })
      .thenThrows({ code: 'not-found' });
  });
});

describe('presence', () => {
  it('stands as it was put', () => {
    given([registered]).when({ type: 'SetPresence', status: 'ONLINE' }).then([online]);
  });

  it('stays quiet when it is what it was', () => {
    given([registered, online]).when({ type: 'SetPresence', status: 'ONLINE' }).thenNothing();
  });

  it('becomes AWAY with the third offer missed in a row', () => {
    const missed = (id: string) => [taken(id, 'offered'), freed(id, 'timed_out')];
    given([registered, online, ...missed('ho_1'), taken('ho_2', 'offered')])
      .when({ type: 'MissOffer', handover_id: 'ho_2', limit: 3 })
      .then([freed('ho_2', 'timed_out')]);
    given([registered, online, ...missed('ho_1'), ...missed('ho_2'), taken('ho_3', 'offered')])
      .when({ type: 'MissOffer', handover_id: 'ho_3', limit: 3 })
      .then([freed('ho_3', 'timed_out'), away]);
  });

  it('forgets missed offers once the agent answers one', () => {
    const missed = (id: string) => [taken(id, 'offered'), freed(id, 'timed_out')];
    given([
      registered,
      online,
      ...missed('ho_1'),
      ...missed('ho_2'),
      taken('ho_3', 'offered'),
      freed('ho_3', 'declined'),
      taken('ho_4', 'offered'),
    ])
      .when({ type: 'MissOffer', handover_id: 'ho_4', limit: 3 })
      .then([freed('ho_4', 'timed_out')]);
  });
});

describe('capacity', () => {
  it('gives a slot to an offer', () => {
    given([registered, online])
      .when({ type: 'ReserveSlot', handover_id: 'ho_1' })
      .then([taken('ho_1', 'offered')]);
  });

  it('refuses an offer beyond the last slot', () => {
    given([registered, online, taken('ho_1', 'offered'), taken('ho_2', 'assigned')])
      .when({ type: 'ReserveSlot', handover_id: 'ho_3' })
      .thenThrows({ code: 'conflict' });
  });

  it('refuses an offer to someone who is not online', () => {
    given([registered]).when({ type: 'ReserveSlot', handover_id: 'ho_1' }).thenThrows({ code: 'conflict' });
  });

  it('turns the slot of an accepted offer into the slot of the conversation', () => {
    const history = [registered, online, taken('ho_1', 'offered')];
    given(history)
      .when({ type: 'TakeSlot', handover_id: 'ho_1' })
      .then([taken('ho_1', 'assigned')]);
    const state = foldAt(humanAgentDecider, [...history, taken('ho_1', 'assigned')]);
    expect(isRegistered(state) && state.slots).toEqual({ ho_1: { holds: 'conversation' } });
  });

  it('stays quiet when a conversation is taken or freed a second time', () => {
    given([registered, online, taken('ho_1', 'assigned')])
      .when({ type: 'TakeSlot', handover_id: 'ho_1' })
      .thenNothing();
    given([registered, online])
      .when({ type: 'FreeSlot', handover_id: 'ho_1', cause: 'closed' })
      .thenNothing();
  });

  it('takes what the log of the conversation says even beyond the last slot', () => {
    given([registered, taken('ho_1', 'assigned'), taken('ho_2', 'assigned')])
      .when({ type: 'TakeSlot', handover_id: 'ho_3' })
      .then([taken('ho_3', 'assigned')]);
  });

  it('ignores an assignment to somebody it never heard of', () => {
    given([]).when({ type: 'TakeSlot', handover_id: 'ho_1' }).thenNothing();
  });
});

describe('wrap-up', () => {
  it('holds the slot until it is done', () => {
    const history = [registered, online, taken('ho_1', 'assigned')];
    given(history)
      .when({ type: 'StartWrapUp', handover_id: 'ho_1', conversation_id: 'conv_1' })
      .then([wrappingUp]);
    const state = foldAt(humanAgentDecider, [...history, wrappingUp]);
    expect(isRegistered(state) && freeSlots(state)).toBe(1);
    given([...history, wrappingUp])
      .when({ type: 'EndWrapUp', handover_id: 'ho_1' })
      .then([freed('ho_1', 'wrapped_up')]);
  });

  it('ends once', () => {
    given([registered, taken('ho_1', 'assigned'), wrappingUp, freed('ho_1', 'wrapped_up')])
      .when({ type: 'EndWrapUp', handover_id: 'ho_1' })
      .thenNothing();
  });

  it('does not end a conversation that still goes on', () => {
    given([registered, taken('ho_1', 'assigned')])
      .when({ type: 'EndWrapUp', handover_id: 'ho_1' })
      .thenNothing();
  });
});
