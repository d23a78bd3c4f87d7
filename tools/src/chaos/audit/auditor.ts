import type { Breach } from '../ledger.js';
import { type Evidence } from './evidence.js';
import { allPublished, nothingInvented, nothingParked, rowsFollowLog, versionsWhole } from './log-checks.js';
import { memoriesOnce, type MemoryCounts } from './memory-checks.js';
import { effectsOnce, messagesKept, repliesRight, tenantsApart } from './message-checks.js';
import {
  capacityKept,
  deskHeardAll,
  deskHeardInOrder,
  lateWritesRefused,
  queueFollowsLog,
} from './staff-checks.js';

export interface Verdict {
  readonly breaches: readonly Breach[];
  readonly memories: MemoryCounts;
  readonly turns: {
    readonly ended: number;
    readonly answered: number;
    readonly handedOver: number;
    readonly withHuman: number;
  };
}

const CHECKS: readonly ((evidence: Evidence) => readonly Breach[] | Promise<readonly Breach[]>)[] = [
  ({ ledger }) => ledger.breaches,
  ({ foldBreaches }) => foldBreaches,
  messagesKept,
  repliesRight,
  effectsOnce,
  tenantsApart,
  rowsFollowLog,
  versionsWhole,
  allPublished,
  nothingInvented,
  nothingParked,
  capacityKept,
  queueFollowsLog,
  lateWritesRefused,
  deskHeardAll,
  deskHeardInOrder,
];

/** Says what was broken, from what clients know, what PostgreSQL holds and what was on the bus. */
export const audit = async (evidence: Evidence): Promise<Verdict> => {
  const breaches: Breach[] = [];
  for (const check of CHECKS) breaches.push(...(await check(evidence)));
  const memories = await memoriesOnce(evidence);
  breaches.push(...memories.breaches);
  const ends = evidence.events.filter(({ type }) => type === 'conversation.turn_completed');
  return {
    breaches,
    memories: memories.counts,
    turns: {
      ended: ends.length,
      answered: ends.filter(({ sink }) => sink === 'FINISH').length,
      handedOver: ends.filter(({ sink }) => sink === 'HANDOVER').length,
      withHuman: ends.filter(({ sink }) => sink === null).length,
    },
  };
};
