import type { PlanChange } from '../../api/types.js';

/** What is other, value by value, as the server records it: `steps[0].args.amount`. */
export const changesBetween = (before: unknown, after: unknown, path = ''): readonly PlanChange[] => {
  if (isSame(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) =>
      changesBetween(before[index], after[index], `${path}[${index}]`),
    ).flat();
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) =>
      changesBetween(before[name], after[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return [{ path, old: before ?? null, new: after ?? null } as PlanChange];
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
