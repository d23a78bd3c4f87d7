import type { Tally } from './campaign.js';

/** The campaign for people: what was asked, and what is not as the document says. */
export const reportOf = ({ requests, operations, byStatus, neverWell, findings }: Tally): string => {
  const statuses = Object.entries(byStatus)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([status, times]) => `${status}: ${times}`);
  return [
    `${requests} requests at ${operations} operations; ${statuses.join(', ')}`,
    ...(neverWell.length > 0 ? [`Never with a 2xx: ${neverWell.join(', ')}`] : []),
    ...findings.flatMap(({ operation, fault, what, times, example }) => [
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
