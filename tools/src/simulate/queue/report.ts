import type { Result } from './run.js';

const seconds = (value: number): string =>
  value < 120
    ? `${Math.round(value)} s`
    : value < 7200
      ? `${Math.round(value / 60)} min`
      : `${(value / 3600).toFixed(1)} h`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const shareOf = ({ could, did }: { could: number; did: number }): string =>
  could === 0 ? '-' : percent(did / could);

type Line = readonly [string, (result: Result) => string];

const kinds = (
  results: readonly Result[],
): [string, (result: Result) => Result['measures']['all'] | undefined][] => [
  ['all', ({ measures }) => measures.all],
  ...[...(results[0]?.measures.byPriority.keys() ?? [])].map(
    (priority): [string, (result: Result) => Result['measures']['all'] | undefined] => [
      priority,
      ({ measures }) => measures.byPriority.get(priority),
    ],
  ),
  ...[...new Set(results.flatMap(({ measures }) => [...measures.bySkill.keys()]))]
    .sort()
    .map((skill): [string, (result: Result) => Result['measures']['all'] | undefined] => [
      `skill ${skill}`,
      ({ measures }) => measures.bySkill.get(skill),
    ]),
];

/** Tables in Markdown: what each kind of item waited, then what else came of it; policies side by side. */
export const reportOf = (results: readonly Result[]): string => {
  const names = results.map(({ policy }) => policy.name);
  const waits = kinds(results).map(([kind, waitsOf]) => [
    kind,
    ...results.flatMap((result) => {
      const of = waitsOf(result);
      if (!of || of.count === 0) return ['0', '-', '-', '-', '-', '-'];
      const at = [0.5, 0.9, 0.99, 1].map((share) => seconds(of.at(share)));
      return [String(of.count), ...at, percent(of.slaHitRate)];
    }),
  ]);
  const columns = ['items', 'p50', 'p90', 'p99', 'max', 'in SLA'];
  const head = [
    'waits',
    ...names.flatMap((name) => columns.map((column) => prefixed(name, column, results))),
  ];
  return [
    table(head, waits),
    '',
    table(
      ['', ...names],
      [...SHARES, ...countLines(results)].map(([what, of]) => [what, ...results.map(of)]),
    ),
  ].join('\n');
};

const prefixed = (name: string, column: string, results: readonly Result[]): string =>
  results.length > 1 ? `${name}: ${column}` : column;

const SHARES: readonly Line[] = [
  ['days', ({ days }) => String(days)],
  ['utilisation while online', ({ measures }) => percent(measures.utilisation)],
  [
    'first offers to the agent who knows the customer, where one was online and able',
    ({ measures }) => shareOf(measures.known),
  ],
  ['offers to a speaker, for customers of another language', ({ measures }) => shareOf(measures.language)],
];

const countLines = (results: readonly Result[]): Line[] => [
  ...[...(results[0]?.measures.counts.keys() ?? [])].map((count): Line => [
    count,
    ({ measures }) => String(measures.counts.get(count) ?? 0),
  ]),
  [
    'broken rules (over capacity, not eligible, two owners, out of order, starved)',
    ({ checks }) => String(checks.count),
  ],
  ['digest of all events', ({ digest }) => digest],
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
