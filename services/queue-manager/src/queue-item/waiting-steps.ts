import type { QueueItemEvent } from '@baton/contracts';

import { nextStepAfterMs, relaxed } from '../assignment/relaxation.js';
import { evolve } from './queue-item.evolve.js';
import { waitedMs, waitStartedAt, type WaitingItem } from './queue-item.state.js';

type Event = Extract<QueueItemEvent, { type: 'queue_item.relaxed' | 'queue_item.rerouted' }>;

interface Step {
  readonly after_ms: number;
  readonly event: () => Event;
}

/** The steps that are due at `now`, in their order: each is an event of its own, so that each can be seen. */
export const dueSteps = (item: WaitingItem, now: string): readonly Event[] => {
  const waited = waitedMs(item, now);
  const events: Event[] = [];
  let state = item;
  for (let next = nextStep(state); next !== undefined && next.after_ms <= waited; next = nextStep(state)) {
    const event = next.event();
    events.push(event);
    const after = evolve(state, { ...event, occurred_at: now });
    if (after.status !== 'WAITING') break;
    state = after;
  }
  return events;
};

/** When the next step of the policy is due; undefined behind the last one. */
export const nextStepAt = (item: WaitingItem): string | undefined => {
  const next = nextStep(item);
  return next && new Date(Date.parse(waitStartedAt(item)) + next.after_ms).toISOString();
};

const nextStep = (item: WaitingItem): Step | undefined => {
  const reroute = nextReroute(item);
  const relax = nextRelax(item);
  if (!reroute || !relax) return reroute ?? relax;
  return reroute.after_ms <= relax.after_ms ? reroute : relax;
};

const nextReroute = (item: WaitingItem): Step | undefined => {
  const done = item.rerouted_steps ?? 0;
  const rule = item.routing.reroute?.[done];
  if (!rule) return undefined;
  const { after_ms, queue, priority, required_skills } = rule;
  return {
    after_ms,
    event: () => ({
      type: 'queue_item.rerouted',
      data: { ...ids(item), step: done + 1, queue, priority, required_skills },
    }),
  };
};

const nextRelax = (item: WaitingItem): Step | undefined => {
  const { relax, role, language_required } = item.routing;
  const after_ms = nextStepAfterMs(relax, item.relaxed_steps);
  if (after_ms === undefined) return undefined;
  const step = item.relaxed_steps + 1;
  return {
    after_ms,
    event: () => {
      const left = relaxed(askedOf(item), relax, step);
      return {
        type: 'queue_item.relaxed',
        data: {
          ...ids(item),
          step,
          required_skills: left.skills,
          ...(role !== undefined && { role: left.role }),
          ...(language_required === true && { language_required: left.language_required }),
        },
      };
    },
  };
};

/** What the rule in force asks for before any step. */
export const askedOf = (item: Pick<WaitingItem, 'asked_skills' | 'routing'>) => ({
  skills: item.asked_skills,
  role: item.routing.role ?? null,
  language_required: item.routing.language_required ?? false,
});

const ids = (item: WaitingItem) => ({
  handover_id: item.handover_id,
  conversation_id: item.conversation_id,
});
