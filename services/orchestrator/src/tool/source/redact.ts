/** A shorter one would be found in half of all texts, and protects nothing. */
const SHORTEST = 6;
const INSTEAD = '[secret]';

/** Takes secrets out of what a server said: one that echoes its request would put our credential into a prompt. */
export const redact = <T>(value: T, secrets: readonly string[]): T => {
  const found = secrets.filter((secret) => secret.length >= SHORTEST);
  return found.length === 0 ? value : (redacted(value, found) as T);
};

const redacted = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === 'string')
    return secrets.reduce((text, secret) => text.replaceAll(secret, INSTEAD), value);
  if (Array.isArray(value)) return value.map((part) => redacted(part, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [redacted(key, secrets), redacted(part, secrets)]),
  );
};
