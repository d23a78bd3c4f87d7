import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { after, agent, T0, waiting } from '../testing/queue.fixture.js';
import { chooseAgents } from './choose-agents.js';
import { seekingOf } from './seeking.js';

const now = after(120_000);
const chosen = (item: WaitingItem, ...agents: ReturnType<typeof agent>[]) =>
  chooseAgents(seekingOf(item), agents, now, 10).map((each) => each.agent_id);
const passed = (how: 'declined' | 'missed' | 'left', agoMs: number) => ({ at: after(-agoMs, now), how });

describe('who is asked', () => {
  it('is somebody who is online, has a free slot and the skills', () => {
    const item = waiting({ required_skills: { billing: 3 } });
    expect(
      chosen(
        item,
        agent('away', { status: 'AWAY' }),
        agent('off', { status: 'OFFLINE' }),
        agent('busy', { slots: { a: { holds: 'conversation' }, b: { holds: 'wrap_up' } } }),
        agent('new', {}, { skills: { billing: 2 } }),
        agent('ana'),
      ),
    ).toEqual(['ana']);
  });

  it('is the one who knows it best, then the least loaded, then the longest idle', () => {
    const item = waiting({ required_skills: { billing: 3 } });
    expect(
      chosen(
        item,
        agent('recent', { idle_since: after(1000) }),
        agent('idle', { idle_since: T0 }),
        agent('loaded', { slots: { a: { holds: 'offer' } } }),
        agent('expert', { slots: { a: { holds: 'offer' } } }, { skills: { billing: 5 } }),
      ),
    ).toEqual(['expert', 'idle', 'recent', 'loaded']);
  });

  it('is the same for the same situation, in whatever order the agents come', () => {
    const agents = [agent('cem'), agent('ana'), agent('bob')];
    expect(chosen(waiting(), ...agents)).toEqual(['ana', 'bob', 'cem']);
    expect(chosen(waiting(), ...agents.reverse())).toEqual(['ana', 'bob', 'cem']);
  });

  it('is first the agent whom a transfer names, whatever their skills', () => {
    const item = { ...waiting({ required_skills: { billing: 3 } }), target_agent_id: 'bob' };
    expect(chosen(item, agent('ana'), agent('bob', {}, { skills: {} }))).toEqual(['bob', 'ana']);
  });

  it('is nobody who is being asked already', () => {
    const offers = { o1: { agent_id: 'ana', created_at: T0, expires_at: after(30_000) } };
    expect(chosen({ ...waiting(), offers }, agent('ana'), agent('bob'))).toEqual(['bob']);
  });
});

describe('who passed on an item', () => {
  it('is not asked again within a minute while anybody else could take it, even somebody busy', () => {
    const item = { ...waiting(), passes: { ana: passed('declined', 59_999) } };
    expect(chosen(item, agent('ana'), agent('bob'))).toEqual(['bob']);
    const busy = agent('bob', { slots: { a: { holds: 'offer' }, b: { holds: 'offer' } } });
    expect(chosen(item, agent('ana'), busy)).toEqual([]);
    expect(chosen({ ...item, passes: { ana: passed('declined', 60_000) } }, agent('ana'), busy)).toEqual([
      'ana',
    ]);
  });

  it('is asked again, but not at once, where nobody else could take it', () => {
    const justNow = { ...waiting(), passes: { ana: passed('left', 9_999) } };
    expect(chosen(justNow, agent('ana'))).toEqual([]);
    const aWhileAgo = { ...waiting(), passes: { ana: passed('left', 10_000) } };
    expect(chosen(aWhileAgo, agent('ana'))).toEqual(['ana']);
  });

  it('comes after the others for a minute where the offer was only missed', () => {
    const item = { ...waiting({ required_skills: { billing: 1 } }), passes: { ana: passed('missed', 1000) } };
    expect(chosen(item, agent('ana', {}, { skills: { billing: 5 } }), agent('bob'))).toEqual(['bob', 'ana']);
  });
});
