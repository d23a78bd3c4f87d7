import type { ActionPlan, PlanChange } from '@baton/contracts';

import { canonicalText } from './action-digest.js';

/** What an edit changed in a plan's steps: one entry for each value that is another, or is not there on one side. */
export const planChanges = (before: ActionPlan, after: ActionPlan): PlanChange[] =>
  compare(
    'steps',
    before.steps.map(({ tool, args }) => ({ tool, args })),
    after.steps.map(({ tool, args }) => ({ tool, args })),
  );

const compare = (path: string, before: unknown, after: unknown): PlanChange[] => {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      compare(
        Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`,
        valueAt(before, key),
        valueAt(after, key),
      ),
    );
  }
  return sameText(before) === sameText(after) ? [] : [{ path, old: before ?? null, new: after ?? null }];
};

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const valueAt = (branch: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(branch, key) ? branch[key] : undefined;

const sameText = (value: unknown): string => (value === undefined ? '' : canonicalText(value));
