import type { ReactElement } from 'react';
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';

import styles from './analytics.module.css';
import type { ChartRow, Group } from './chart-rows.js';

export interface Series {
  readonly name: string;
  /** One of the desk's colours: `ai` of `--desk-ai`. */
  readonly color: string;
  /** Null where there is nothing to show. */
  readonly value: (group: Group) => number | null;
}

interface GroupChartProps {
  readonly title: string;
  readonly rows: readonly ChartRow[];
  readonly label: (key: string) => string;
  readonly series: readonly Series[];
  readonly kind: 'stack' | 'bars' | 'lines';
  readonly format: (value: number) => string;
  readonly domain?: readonly [number, number];
}

/** A chart for who looks; the table of the page says the same to who reads. */
export const GroupChart = ({
  title,
  rows,
  label,
  series,
  kind,
  format,
  domain,
}: GroupChartProps): ReactElement => {
  const data = rows.map(({ key, group }) => ({
    label: label(key),
    ...Object.fromEntries(series.map(({ value }, index) => [`s${index}`, group ? value(group) : null])),
  }));
  const Chart = kind === 'lines' ? LineChart : BarChart;
  return (
    <section className={styles.chart}>
      <h2 className={styles.title}>{title}</h2>
      <div className={styles.canvas} aria-hidden>
        <ResponsiveContainer width="100%" height="100%">
          <Chart data={data} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--desk-line)" />
            <XAxis dataKey="label" tickLine={false} stroke="var(--desk-quiet)" fontSize={12} />
            <YAxis
              tickLine={false}
              axisLine={false}
              stroke="var(--desk-quiet)"
              fontSize={12}
              width={56}
              tickFormatter={format}
              {...(domain && { domain: [...domain] })}
            />
            <Tooltip
              formatter={(value) => (typeof value === 'number' ? format(value) : value)}
              cursor={{ fill: 'var(--desk-hover)', stroke: 'var(--desk-line)' }}
              contentStyle={{
                background: 'var(--desk-raised)',
                border: '1px solid var(--desk-line)',
                borderRadius: 8,
              }}
            />
            <Legend iconType="circle" iconSize={8} />
            {series.map(({ name, color }, index) =>
              kind === 'lines' ? (
                <Line
                  key={name}
                  name={name}
                  dataKey={`s${index}`}
                  stroke={`var(--desk-${color})`}
                  strokeWidth={2}
                  dot={{ r: 2 }}
                  connectNulls
                  isAnimationActive={false}
                />
              ) : (
                <Bar
                  key={name}
                  name={name}
                  dataKey={`s${index}`}
                  {...(kind === 'stack' && { stackId: 'all' })}
                  fill={`var(--desk-${color})`}
                  maxBarSize={36}
                  isAnimationActive={false}
                />
              ),
            )}
          </Chart>
        </ResponsiveContainer>
      </div>
    </section>
  );
};
