import type { RequiredSkills, RoutingPolicy } from '@baton/contracts';

const LOWEST_LEVEL = 1;

type Step = RoutingPolicy['relax'][number];

/** What the first `steps` steps leave of a requirement: lower levels, fewer skills. */
export const relaxedSkills = (
  asked: RequiredSkills,
  relax: RoutingPolicy['relax'],
  steps: number,
): RequiredSkills => inOrder(relax).slice(0, steps).reduce(applyStep, asked);

/** How many steps are due after so much waiting; `after_ms` counts from the start of the wait. */
export const dueSteps = (relax: RoutingPolicy['relax'], waitedMs: number): number =>
  relax.filter((step) => step.after_ms <= waitedMs).length;

/** The wait after which the next step is due; undefined behind the last one. */
export const nextStepAfterMs = (relax: RoutingPolicy['relax'], stepsDone: number): number | undefined =>
  inOrder(relax)[stepsDone]?.after_ms;

const inOrder = (relax: RoutingPolicy['relax']): Step[] => [...relax].sort((a, b) => a.after_ms - b.after_ms);

const applyStep = (skills: RequiredSkills, step: Step): RequiredSkills =>
  Object.fromEntries(
    Object.entries(skills)
      .filter(([skill]) => !step.drop?.includes(skill))
      // A policy says `levels: -1`; that one more is asked for after a wait makes no sense.
      .map(([skill, level]) => [skill, Math.max(LOWEST_LEVEL, level - Math.abs(step.levels ?? 0))]),
  );
