import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

/** A measure as docs/observability.md tells of it. */
export interface ToldMeasure {
  readonly type: string;
  readonly labels: readonly string[];
}

/** The rows of its tables: `| name | type | labels | meaning |`. */
export const measuresToldOf = (page: string): Map<string, ToldMeasure> =>
  new Map(
    [...page.matchAll(/^\| `(baton_\w+)` \| (\w+) \| (.*?) \|/gm)].map(
      ([, name = '', type = '', labels = '']) => [
        name,
        { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
      ],
    ),
  );

/** One series that a query wants, with the labels that it goes by. */
export interface AskedSeries {
  readonly where: string;
  readonly expr: string;
  readonly series: string;
  readonly labels: readonly string[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

/** What the alerts and dashboards of the chart ask Prometheus for. */
export const askedFor = (chart: string): AskedSeries[] => {
  const read = (path: string): string => readFileSync(join(chart, path), 'utf8');
  const { groups } = parse(read('rules/baton.rules.yaml')) as Rules;
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr })));
  const panels = globSync('dashboards/*.json', { cwd: chart }).flatMap((file) =>
    (JSON.parse(read(file)) as Dashboard).panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `${file}: ${title}`, expr })),
    ),
  );
  return [...alerts, ...panels].flatMap(({ where, expr }) =>
    seriesIn(expr).map((asked) => ({ where, expr, ...asked })),
  );
};

/** Each name with the labels of its selector, and those that it is grouped by. */
const seriesIn = (expr: string): { series: string; labels: string[] }[] => {
  const groups = [...expr.matchAll(/\bby \(([^)]*)\)\s*(?=\()/g)].map((match) => {
    const from = match.index + match[0].length;
    return { names: (match[1] ?? '').split(/,\s*/), from, to: closing(expr, from) };
  });
  const found = [...expr.matchAll(/\b((?:baton|nodejs|process)_\w+|up)\b(?:\{([^}]*)\})?/g)];
  if (found.length === 0) throw new Error(`Nothing is asked for in ${expr}`);
  return found.map(({ index, 1: series = '', 2: selector = '' }) => ({
    series,
    labels: [
      ...groups.filter(({ from, to }) => from < index && index < to).flatMap(({ names }) => names),
      ...[...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    ],
  }));
};

/** Where the parenthesis that opens at `from` is closed. */
const closing = (expr: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < expr.length; at += 1) {
    if (expr[at] === '(') depth += 1;
    if (expr[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`A parenthesis stays open in ${expr}`);
};
