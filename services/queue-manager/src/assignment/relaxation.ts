import type { RelaxStep, RequiredSkills, StaffRole } from '@baton/contracts';

const LOWEST_LEVEL = 1;

/** What a routing rule asks for, and what its steps leave of it. */
export interface Asked {
  readonly skills: RequiredSkills;
  readonly role: StaffRole | null;
  readonly language_required: boolean;
}

/** What the first `steps` steps leave: lower levels, fewer skills, any language, any role, anyone. */
export const relaxed = (asked: Asked, relax: readonly RelaxStep[], steps: number): Asked =>
  inOrder(relax).slice(0, steps).reduce(applyStep, asked);

/** The wait after which the next step is due; undefined behind the last one. It counts from the start of the wait. */
export const nextStepAfterMs = (relax: readonly RelaxStep[], stepsDone: number): number | undefined =>
  inOrder(relax)[stepsDone]?.after_ms;

const inOrder = (relax: readonly RelaxStep[]): RelaxStep[] =>
  [...relax].sort((a, b) => a.after_ms - b.after_ms);

const applyStep = (asked: Asked, step: RelaxStep): Asked => ({
  skills: step.anyone ? {} : fewer(asked.skills, step),
  role: step.anyone || step.any_role ? null : asked.role,
  language_required: asked.language_required && !step.anyone && !step.any_language,
});

const fewer = (skills: RequiredSkills, step: RelaxStep): RequiredSkills =>
  Object.fromEntries(
    Object.entries(skills)
      .filter(([skill]) => !step.drop?.includes(skill))
      // A policy says `levels: -1`; that one more is asked for after a wait makes no sense.
      .map(([skill, level]) => [skill, Math.max(LOWEST_LEVEL, level - Math.abs(step.levels ?? 0))]),
  );
