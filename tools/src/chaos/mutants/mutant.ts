import type { ServiceName } from '@baton/system';

import type { Scenario } from './scenario.js';

/** One piece of text in the place of another: where it does not stand exactly so often, the mutant is out of date. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
  /** How often it must be there; once unless told. */
  readonly times?: number;
}

/** A safeguard taken away. */
export interface Mutant {
  readonly safeguard: string;
  /** What is taken away with it, since it would repair the harm; and what shows the harm, where it needs help. */
  readonly note?: string;
  /** In built files, by their path in the checkout. */
  readonly code?: Readonly<Record<string, readonly Replacement[]>>;
  /** In a function of each log, in that run's database. */
  readonly sql?: { readonly function: string; readonly replacements: readonly Replacement[] };
  /** Statements of the administrator, once everything runs; `SCHEMA` stands for each log's. */
  readonly statements?: readonly string[];
  readonly scenario: Scenario;
  /** The invariants of which one at least must be broken. */
  readonly breaks: readonly string[];
}

/** The text with its replacements; throws where one does not fit any more. */
export const replaceIn = (text: string, replacements: readonly Replacement[], where: string): string => {
  let changed = text;
  for (const { from, to, times = 1 } of replacements) {
    const found = changed.split(from).length - 1;
    if (found !== times)
      throw new Error(`${where}: "${from}" is there ${found} times, not ${times}: the mutant is out of date`);
    changed = changed.replaceAll(from, () => to);
  }
  return changed;
};

/** The services that have a log of their own. */
export const LOGS: Readonly<Record<string, ServiceName>> = {
  orchestrator: 'orchestrator',
  queue_manager: 'queue-manager',
  memory_worker: 'memory-worker',
  llm_router: 'llm-router',
};
