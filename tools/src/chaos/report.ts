import type { RunResult } from './run.js';
import type { Struck } from './schedule.js';

/** Of sorted values, the one that this share of them does not exceed. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
};

/** The table of a run, line by line. */
export const tableOf = ({
  verdict,
  struck,
  ledger,
  memory,
  resumes,
  toldAgain,
  answersLost,
}: RunResult): string[] => {
  const { turns, memories, breaches } = verdict;
  const users = ledger.messages.filter(({ sender }) => sender === 'user');
  const accepted = users.filter(({ standing }) => standing === 'acknowledged');
  const unknown = ledger.messages.filter((each) => each.unknown > 0);
  const of = (invariant: string, text: string): number =>
    breaches.filter((breach) => breach.invariant === invariant && breach.what.includes(text)).length;
  const hit = struck.filter(({ evidence }) => evidence !== undefined);
  const recoveries = hit.map(({ recoveryMs }) => recoveryMs);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const rows: [string, string | number][] = [
    ['messages accepted', accepted.length],
    ['messages rejected', users.filter(({ standing }) => standing === 'rejected').length],
    ['messages whose fate stayed unknown', users.filter(({ standing }) => standing === 'unknown').length],
    ['requests with an unknown end, retried', unknown.reduce((sum, each) => sum + each.unknown, 0)],
    ['turns ended', turns.ended],
    ['  answered by the AI', turns.answered],
    ['  handed over', turns.handedOver],
    ['  taken by a human', turns.withHuman],
    ['messages lost', of('I1', 'is lost')],
    ['messages doubled', of('I1', 'times')],
    ['turns without exactly one end', of('I2', 'ends')],
    ['memory writes expected', memories.expected],
    ['memory writes found', memories.found],
    ['memory writes doubled', memories.doubled],
    ['memory writes attempted twice', memories.attemptedTwice],
    ['same key, other body, refused', ledger.otherBodies],
    ['late writes of staff, refused', ledger.staleWrites - ledger.staleWritesTaken],
    ['desk reconnections with a cursor', resumes],
    ['told to the desk again', toldAgain],
    ['answers to a commit lost', answersLost],
    ['faults that hit', hit.length],
    ['kinds of fault that hit', new Set(hit.map(({ kind }) => kind)).size],
    ['recovery p50', seconds(percentile(recoveries, 0.5))],
    ['recovery p95', seconds(percentile(recoveries, 0.95))],
    ['recovery max', seconds(Math.max(0, ...recoveries))],
    ['resident memory, warm to end', memoryLine(memory)],
    ['breaches', breaches.length],
  ];
  return [
    ...rows.map(([name, value]) => `${name.padEnd(44)} ${value}`),
    '',
    `${'fault'.padEnd(44)} hit / struck   recovery p50, max`,
    ...faultRows(struck).map(
      ({ kind, plan, hits, all, p50, max }) =>
        `${`${plan} ${kind}`.padEnd(44)} ${`${hits} / ${all}`.padEnd(14)} ${seconds(p50)}, ${seconds(max)}`,
    ),
    ...(breaches.length > 0 ? ['', 'broken:'] : []),
    ...breaches.slice(0, 50).map(({ invariant, what }) => `  ${invariant} ${what}`),
    ...(breaches.length > 50 ? [`  and ${breaches.length - 50} more`] : []),
  ];
};

const faultRows = (struck: readonly Struck[]) =>
  [...Map.groupBy(struck, ({ kind }) => kind)]
    .map(([kind, all]) => {
      const hits = all.filter(({ evidence }) => evidence !== undefined);
      const recoveries = hits.map(({ recoveryMs }) => recoveryMs);
      return {
        kind,
        plan: all[0]?.plan ?? '',
        hits: hits.length,
        all: all.length,
        p50: percentile(recoveries, 0.5),
        max: Math.max(0, ...recoveries),
      };
    })
    .sort((one, other) => one.plan.localeCompare(other.plan, 'en', { numeric: true }));

const memoryLine = ({ before, after }: RunResult['memory']): string =>
  Object.keys(after)
    .map((name) => `${name} ${before[name]}→${after[name]} MB`)
    .join(', ');
