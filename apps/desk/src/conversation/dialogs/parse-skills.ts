/** `billing:3, spanish:2` as a map; null where it is something else, or nothing. */
export const parseSkills = (text: string): Record<string, number> | null => {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const pairs = parts.map((part) => /^(.+?)\s*:\s*([1-5])$/.exec(part));
  if (pairs.length === 0 || pairs.some((pair) => pair === null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
};
