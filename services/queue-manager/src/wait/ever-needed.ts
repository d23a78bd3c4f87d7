import { meets, type Needs } from '../assignment/needs.js';
import { needsOfSeeking, seekingOf } from '../assignment/seeking.js';
import type { RegisteredAgent } from '../human-agent/human-agent.state.js';
import { evolve } from '../queue-item/queue-item.evolve.js';
import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { dueSteps } from '../queue-item/waiting-steps.js';

const EVER = '9999-12-31T23:59:59.999Z';

/** What an item asks for now, and after each step that time would bring. */
const everNeeded = (item: WaitingItem): Needs[] => {
  const needs = [needsOfSeeking(seekingOf(item))];
  let state = item;
  for (const event of dueSteps(item, EVER)) {
    const after = evolve(state, { ...event, occurred_at: item.waiting_since });
    if (after.status !== 'WAITING') break;
    state = after;
    needs.push(needsOfSeeking(seekingOf(state)));
  }
  return needs;
};

/** Whether somebody of these may be asked about the item, now or as it waits; that they are busy does not matter. */
export const isAnyoneThere = (item: WaitingItem, online: readonly RegisteredAgent[]): boolean => {
  const needs = everNeeded(item);
  return online.some(
    (agent) => agent.agent_id === item.target_agent_id || needs.some((each) => meets(agent, each)),
  );
};
