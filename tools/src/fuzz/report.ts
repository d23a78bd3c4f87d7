import type { Finding, Tally } from './campaign.js';

/** An answer that lacks a field in the document lacks ten of them: the first are enough to mend it. */
const MOST_OF_AN_OPERATION = 4;

/** The campaign for people: what was asked, and what is not as the document says. */
export const reportOf = ({ requests, operations, byStatus, neverWell, findings }: Tally): string => {
  const statuses = Object.entries(byStatus)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([status, times]) => `${status}: ${times}`);
  return [
    `${requests} requests at ${operations} operations; ${statuses.join(', ')}`,
    ...(neverWell.length > 0 ? [`Never with a 2xx: ${neverWell.join(', ')}`] : []),
    ...firstOfEach(findings).flatMap(({ operation, fault, what, times, example }) => [
      '',
      `${operation}: ${what} (${times}×; wrong with the request: ${fault})`,
      ...example.split('\n').map((line) => `    ${line}`),
    ]),
    '',
    findings.length === 0
      ? 'Every answer is as the document says'
      : `${findings.length} things are NOT as the document says`,
  ].join('\n');
};

const firstOfEach = (findings: readonly Finding[]): Finding[] => {
  const times = new Map<string, number>();
  return findings.filter(({ operation }) => {
    times.set(operation, (times.get(operation) ?? 0) + 1);
    return (times.get(operation) ?? 0) <= MOST_OF_AN_OPERATION;
  });
};
