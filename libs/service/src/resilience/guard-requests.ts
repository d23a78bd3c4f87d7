import type { BusClient } from '@baton/bus';

import type { GuardOptions, Guards } from './guards.js';

/** Which requests to other services share one guard. */
export interface RequestRule {
  /** As metrics and logs name it. */
  readonly dependency: string;
  /** Patterns, or their nouns: `memory.search`, `memory`; `*` is every other. */
  readonly patterns: readonly string[];
  readonly options: GuardOptions;
}

/** Guards the requests that a rule names, by pattern before noun; the others go as they are. */
export const guardRequests = (bus: BusClient, guards: Guards, rules: readonly RequestRule[]): void => {
  const byPattern = new Map(
    rules
      .map(({ dependency, patterns, options }) => ({ patterns, family: guards.family(dependency, options) }))
      .flatMap(({ patterns, family }) => patterns.map((pattern) => [pattern, family] as const)),
  );
  const others = byPattern.get('*');
  bus.useGate((pattern, send, { signal }) => {
    const family = byPattern.get(pattern) ?? byPattern.get(pattern.slice(0, pattern.indexOf('.'))) ?? others;
    return family ? family.run('', send, { signal }) : send();
  });
};
