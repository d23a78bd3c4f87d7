import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { after, agent, ROUTING, T0, waiting } from '../testing/queue.fixture.js';
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

  it('is somebody of the role that is asked for, or above', () => {
    const item = waiting({ routing: { ...ROUTING, role: 'senior' } });
    const agents = [
      agent('ana'),
      agent('sue', {}, { role: 'supervisor' }),
      agent('sen', {}, { role: 'senior' }),
    ];
    expect(chosen(item, ...agents)).toEqual(['sen', 'sue']);
  });

  it("is first who speaks the customer's language, then who did not say, and only who does where it must be", () => {
    const routing = { ...ROUTING, language: 'es' };
    const agents = [
      agent('deu', {}, { languages: ['de'], skills: { billing: 5 } }),
      agent('any', {}, { skills: { billing: 5 } }),
      agent('esp', {}, { languages: ['en', 'es'], skills: { billing: 1 } }),
      agent('spa', {}, { skills: { Spanish: 1, billing: 1 } }),
    ];
    const required_skills = { billing: 1 };
    expect(chosen(waiting({ required_skills, routing }), ...agents)).toEqual(['esp', 'spa', 'any', 'deu']);
    const strict = { ...routing, language_required: true };
    expect(chosen(waiting({ required_skills, routing: strict }), ...agents)).toEqual(['esp', 'spa']);
  });

  it('is rather somebody with what is preferred, and anybody where nobody has it', () => {
    const item = waiting({ routing: { ...ROUTING, preferred_skills: { tax: 2 } } });
    const agents = [agent('ana'), agent('tim', { idle_since: after(5000) }, { skills: { tax: 2 } })];
    expect(chosen(item, ...agents)).toEqual(['tim', 'ana']);
    expect(chosen(item, agent('ana'))).toEqual(['ana']);
  });

  it('is somebody who has not had their share of the hour, or else whoever is free', () => {
    const given_at = Array.from({ length: 100 }, () => after(-60_000, now));
    const eager = agent('ana', { given_at }, { skills: { billing: 5 } });
    const item = waiting({ required_skills: { billing: 1 } });
    expect(chosen(item, eager, agent('bob'))).toEqual(['bob', 'ana']);
    expect(chosen(item, eager)).toEqual(['ana']);
    const anHourAgo = agent('ana', { given_at: given_at.map(() => after(-3_600_001, now)) });
    expect(chosen(item, anHourAgo, agent('bob'))[0]).toBe('ana');
  });

  it('is somebody with room for its weight; what is heavier than a whole capacity takes all of it', () => {
    const item = waiting({ routing: { ...ROUTING, weight: 2 } });
    const half = { slots: { a: { holds: 'conversation' as const } } };
    expect(chosen(item, agent('half', half), agent('free'))).toEqual(['free']);
    expect(chosen(item, agent('solo', {}, { max_concurrent: 1 }))).toEqual(['solo']);
    const heavy = { slots: { a: { holds: 'conversation' as const, weight: 2 } } };
    expect(chosen(waiting(), agent('heavy', heavy))).toEqual([]);
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

describe('who knows the customer', () => {
  const known = (changes: Partial<typeof ROUTING.offer> = {}, parallel = 2) =>
    waiting(
      {
        known_agent_ids: ['bob', 'ana'],
        routing: { ...ROUTING, offer: { ...ROUTING.offer, parallel, ...changes } },
      },
      after(-1000, now),
    );

  it('is asked first and alone for a while, then like everybody', () => {
    expect(chosen(known(), agent('ana'), agent('bob'), agent('cem'))).toEqual(['bob']);
    expect(chosen(known(), agent('ana'), agent('cem'))).toEqual(['ana']);
    expect(chosen(known(), agent('cem'), agent('dan'))).toEqual(['cem', 'dan']);
    expect(chosen(known({ known_first_ms: 500 }), agent('ana'), agent('bob'))).toEqual(['ana', 'bob']);
    expect(chosen(known({ known_first_ms: 0 }), agent('ana'), agent('bob'))).toEqual(['ana', 'bob']);
  });

  it('is asked alone: nobody else is while they think about it', () => {
    const offers = { o1: { agent_id: 'bob', created_at: T0, expires_at: after(30_000, now) } };
    expect(chosen({ ...known(), offers }, agent('bob'), agent('cem'))).toEqual([]);
  });

  it('is not asked before others once they passed on it', () => {
    const item = { ...known(), passes: { bob: passed('missed', 500) } };
    expect(chosen(item, agent('bob'), agent('cem'))).toEqual(['cem', 'bob']);
  });

  it('is waited for while busy only where the workflow says so', () => {
    const busy = agent('bob', { slots: { a: { holds: 'offer' }, b: { holds: 'offer' } } });
    expect(chosen(known(), busy, agent('cem'))).toEqual(['cem']);
    expect(chosen(known({ known_wait_ms: 5_000 }), busy, agent('cem'))).toEqual([]);
    expect(chosen(known({ known_wait_ms: 500 }), busy, agent('cem'))).toEqual(['cem']);
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
