/** The effective boolean of a value, as JSONata's `$boolean` defines it; what a `when` comes to. */
export const isTruthy = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(isTruthy);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
};
