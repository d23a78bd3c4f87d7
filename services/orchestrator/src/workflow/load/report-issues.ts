import type { z } from 'zod';

import type { Path } from '../file/yaml-source.js';
import type { Problems } from './problems.js';

type Issue = z.core.$ZodIssue;

/** Tells zod's issues in the words of someone who edits the file. `base` is where the parsed part stands. */
export const reportIssues = (issues: readonly Issue[], base: Path, problems: Problems): void => {
  for (const issue of issues.flatMap(withinUnion)) {
    const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) problems.atKey([...path, key], `"${key}" is not known here`);
    else if (issue.code === 'invalid_key') problems.atKey(path, keyMessage(issue));
    else problems.at(path, messageOf(issue));
  }
};

/** Of the ways in which a union failed, the one that came furthest is what the author meant. */
const withinUnion = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const best = [...issue.errors].sort((a, b) => progress(b) - progress(a))[0] ?? [];
  if (progress(best) === 0 && issue.message !== 'Invalid input') return [issue];
  return best.flatMap((inner) => withinUnion({ ...inner, path: [...issue.path, ...inner.path] }));
};

/** A branch that only minds the type of the whole came nowhere. */
const progress = (issues: readonly Issue[]): number =>
  Math.max(
    0,
    ...issues.map((issue) =>
      issue.code === 'invalid_type' && issue.path.length === 0 ? 0 : 1 + issue.path.length,
    ),
  );

const keyMessage = (issue: Extract<Issue, { code: 'invalid_key' }>): string =>
  issue.issues.map((inner) => inner.message).join(', ');

const messageOf = (issue: Issue): string => {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input: expected'))
    return issue.message.endsWith('received undefined') ? 'is missing' : lowered(issue.message);
  return lowered(issue.message);
};

const lowered = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '');
