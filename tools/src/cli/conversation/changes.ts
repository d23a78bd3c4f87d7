/** One field that two states differ in. */
export interface Change {
  /** `owner`, `customer.name`, `skills.billing`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What has changed from one state to another, field by field; lists count as one value. */
export const changesBetween = (before: unknown, after: unknown, path = ''): Change[] => {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      changesBetween(before[name], after[name], path === '' ? name : `${path}.${name}`),
    );
  }
  const [from, to] = [before ?? null, after ?? null];
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
