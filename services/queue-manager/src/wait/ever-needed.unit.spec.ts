import type { RoutingPolicy } from '@baton/contracts';

import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import { agent, foldAt, handover, ROUTING, T0 } from '../testing/queue.fixture.js';
import { isAnyoneThere } from './ever-needed.js';

const waiting = (routing: Partial<RoutingPolicy> = {}): WaitingItem => {
  const events = queueItemDecider.decide(
    {
      type: 'Enqueue',
      handover: handover({ required_skills: { tax: 3 }, routing: { ...ROUTING, ...routing } }),
      asked_at: T0,
    },
    queueItemDecider.initialState(),
  );
  return foldAt(queueItemDecider, events) as WaitingItem;
};
const taxed = agent('ana', {}, { skills: { tax: 3 } });
const learner = agent('ben', {}, { skills: { tax: 1 } });
const other = agent('cem', {}, { skills: { billing: 5 } });

describe('somebody is there', () => {
  it('who has what is asked for now', () => {
    expect(isAnyoneThere(waiting(), [taxed])).toBe(true);
    expect(isAnyoneThere(waiting(), [learner, other])).toBe(false);
    expect(isAnyoneThere(waiting(), [])).toBe(false);
  });

  it('who has what will be asked for later', () => {
    const lower = waiting({ relax: [{ after_ms: 60_000, levels: -2 }] });
    expect(isAnyoneThere(lower, [learner])).toBe(true);
    expect(isAnyoneThere(lower, [other])).toBe(false);
    const dropped = waiting({ relax: [{ after_ms: 60_000, drop: ['tax'] }] });
    expect(isAnyoneThere(dropped, [other])).toBe(true);
  });

  it('whom a transfer named', () => {
    expect(isAnyoneThere({ ...waiting(), target_agent_id: 'cem' }, [other])).toBe(true);
  });
});
