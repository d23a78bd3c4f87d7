import { Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import type { Summary } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import styles from './analytics.module.css';
import { everyDay } from './every-day.js';

interface ChartsProps {
  readonly summary: Summary;
  readonly from: string;
  readonly to: string;
}

/** The charts, and the same as a table for whoever reads rather than looks. */
const Charts = ({ summary, from, to }: ChartsProps): ReactElement => {
  const { t } = useTranslation();
  const handedOver = t('analytics.handed_over_n');
  const contained = t('analytics.contained_n');
  const days = everyDay(summary, from, to).map(({ group, conversations, handover_rate }) => {
    const toPeople = Math.round(conversations * handover_rate);
    return { day: group.slice(5), [contained]: conversations - toPeople, [handedOver]: toPeople };
  });
  const reasons = Object.entries(summary.handover_reasons)
    .map(([code, count]) => ({ code, name: wordsOf('reason', code), count: Number(count) }))
    .toSorted((a, b) => b.count - a.count);
  const most = Math.max(1, ...reasons.map(({ count }) => count));
  return (
    <div className={styles.charts}>
      <section className={styles.chart}>
        <h2 className={styles.title}>{t('analytics.per_day')}</h2>
        <div className={styles.canvas} aria-hidden>
          <ResponsiveContainer width="100%" height="100%">
            <BarChart data={days} accessibilityLayer={false}>
              <CartesianGrid vertical={false} stroke="var(--desk-line)" />
              <XAxis dataKey="day" tickLine={false} stroke="var(--desk-quiet)" fontSize={12} />
              <YAxis
                allowDecimals={false}
                tickLine={false}
                axisLine={false}
                stroke="var(--desk-quiet)"
                fontSize={12}
                width={32}
              />
              <Tooltip
                cursor={{ fill: 'var(--desk-hover)' }}
                contentStyle={{
                  background: 'var(--desk-raised)',
                  border: '1px solid var(--desk-line)',
                  borderRadius: 8,
                }}
              />
              <Legend iconType="circle" iconSize={8} />
              <Bar
                dataKey={contained}
                stackId="all"
                fill="var(--desk-ai)"
                isAnimationActive={false}
                maxBarSize={36}
              />
              <Bar
                dataKey={handedOver}
                stackId="all"
                fill="var(--desk-accent)"
                isAnimationActive={false}
                maxBarSize={36}
                radius={[4, 4, 0, 0]}
              />
            </BarChart>
          </ResponsiveContainer>
        </div>
        <details className={styles.table}>
          <summary>{t('analytics.table')}</summary>
          <Table striped withRowBorders={false} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('analytics.day')}</Table.Th>
                <Table.Th>{contained}</Table.Th>
                <Table.Th>{handedOver}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {days.map((each) => (
                <Table.Tr key={each.day}>
                  <Table.Td>{each.day}</Table.Td>
                  <Table.Td>{each[contained]}</Table.Td>
                  <Table.Td>{each[handedOver]}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </details>
      </section>
      <section className={styles.chart}>
        <h2 className={styles.title}>{t('analytics.reasons')}</h2>
        <ul className={styles.reasons}>
          {reasons.map(({ code, name, count }) => (
            <li key={code} className={styles.reason}>
              <span>{name}</span>
              <span className="tabular">{count}</span>
              <span className={styles.track} aria-hidden>
                <span className={styles.part} style={{ width: `${(count / most) * 100}%` }} />
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
};

export default Charts;
