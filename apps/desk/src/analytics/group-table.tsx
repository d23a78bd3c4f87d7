import { Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { money } from '../ui/format.js';
import type { Grouping } from './analytics-api.js';
import styles from './analytics.module.css';
import type { ChartRow, Group } from './chart-rows.js';
import { keyWords } from './key-words.js';
import { duration, percent, rating } from './numbers.js';

const COLUMNS = [
  ['conversations', ({ conversations }) => String(conversations)],
  ['containment', ({ containment_rate }) => percent(containment_rate)],
  ['handover', ({ handover_rate }) => percent(handover_rate)],
  ['resolution', ({ resolution_rate }) => percent(resolution_rate)],
  ['durable', ({ durable_resolution_rate }) => percent(durable_resolution_rate)],
  ['reopened', ({ reopen_rate }) => percent(reopen_rate)],
  ['ai_time', ({ ai_seconds }) => duration(ai_seconds)],
  ['human_time', ({ human_seconds }) => duration(human_seconds)],
  ['ai_cost', ({ ai_cost_usd }) => money(ai_cost_usd)],
  ['human_cost', ({ human_cost_usd }) => money(human_cost_usd)],
  ['p50', ({ queue_wait_seconds }) => duration(queue_wait_seconds.p50)],
  ['p95', ({ queue_wait_seconds }) => duration(queue_wait_seconds.p95)],
  ['first_response', ({ first_response_seconds }) => duration(first_response_seconds)],
  ['csat', ({ csat }) => rating(csat.average)],
  ['sla', ({ sla }) => percent(sla.hit_rate)],
] as const satisfies readonly (readonly [string, (group: Group) => string])[];

interface GroupTableProps {
  readonly rows: readonly ChartRow[];
  readonly grouping: Grouping;
  readonly isOpen: boolean;
}

/** Every number of every group; days on which nothing began are left out. */
export const GroupTable = ({ rows, grouping, isOpen }: GroupTableProps): ReactElement => {
  const { t } = useTranslation();
  const groups = rows.flatMap(({ key, group }) => (group ? [{ key, group }] : []));
  return (
    <details className={styles.table} open={isOpen}>
      <summary>{t('analytics.table')}</summary>
      <div className={styles.wide} role="region" aria-label={t('analytics.table')} tabIndex={0}>
        <Table striped withRowBorders={false} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t(`analytics.by_${grouping}`)}</Table.Th>
              {COLUMNS.map(([name]) => (
                <Table.Th key={name} scope="col">
                  {t(`analytics.${name}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {groups.map(({ key, group }) => (
              <Table.Tr key={key}>
                <Table.Th scope="row">{keyWords(grouping, key)}</Table.Th>
                {COLUMNS.map(([name, value]) => (
                  <Table.Td key={name} className="tabular">
                    {value(group)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </details>
  );
};
