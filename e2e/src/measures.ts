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

/** Names with a selector or a range behind them or none; what it is grouped by counts for each of them. */
const seriesIn = (expr: string): { series: string; labels: string[] }[] => {
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/));
  const found = [...expr.matchAll(/\b((?:baton|nodejs|process)_\w+|up)\b(?:\{([^}]*)\})?/g)];
  if (found.length === 0) throw new Error(`Nothing is asked for in ${expr}`);
  return found.map(([, series = '', selector = '']) => ({
    series,
    labels: [
      ...new Set([
        ...grouped,
        ...[...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
      ]),
    ],
  }));
};
