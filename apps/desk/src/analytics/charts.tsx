import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Summary } from '../api/types.js';
import { money } from '../ui/format.js';
import type { Grouping, Range } from './analytics-api.js';
import styles from './analytics.module.css';
import { chartRows, MOST_ON_AXIS } from './chart-rows.js';
import { GroupChart } from './group-chart.js';
import { GroupTable } from './group-table.js';
import { keyWords } from './key-words.js';
import { duration, percent, rating } from './numbers.js';
import { Reasons } from './reasons.js';

interface ChartsProps {
  readonly summary: Summary;
  readonly grouping: Grouping;
  readonly range: Range;
}

/** The charts, and the same as a table for whoever reads rather than looks. */
const Charts = ({ summary, grouping, range }: ChartsProps): ReactElement => {
  const { t } = useTranslation();
  const rows = chartRows(summary, grouping, range);
  const isTime = grouping === 'day' || grouping === 'week' || grouping === 'month';
  const shown = isTime ? rows : rows.slice(0, MOST_ON_AXIS);
  const axis = {
    rows: shown,
    label: (key: string) => (grouping === 'day' ? key.slice(5) : keyWords(grouping, key)),
  };
  return (
    <>
      {shown.length < rows.length && (
        <p className={styles.note}>{t('analytics.cut', { count: shown.length, of: rows.length })}</p>
      )}
      <div className={styles.charts}>
        <GroupChart
          {...axis}
          title={t('analytics.per_group')}
          kind="stack"
          format={String}
          series={[
            {
              name: t('analytics.contained_n'),
              color: 'ai',
              value: ({ conversations, handover_rate }) =>
                conversations - Math.round(conversations * handover_rate),
            },
            {
              name: t('analytics.handed_over_n'),
              color: 'accent',
              value: ({ conversations, handover_rate }) => Math.round(conversations * handover_rate),
            },
          ]}
        />
        <GroupChart
          {...axis}
          title={t('analytics.rates')}
          kind={isTime ? 'lines' : 'bars'}
          format={percent}
          domain={[0, 1]}
          series={[
            {
              name: t('analytics.containment'),
              color: 'ai',
              value: ({ containment_rate }) => containment_rate,
            },
            { name: t('analytics.handover'), color: 'accent', value: ({ handover_rate }) => handover_rate },
            {
              name: t('analytics.durable'),
              color: 'good',
              value: ({ durable_resolution_rate }) => durable_resolution_rate,
            },
          ]}
        />
        <GroupChart
          {...axis}
          title={t('analytics.time_by_owner')}
          kind="stack"
          format={duration}
          series={[
            { name: t('analytics.owner_ai'), color: 'ai', value: ({ ai_seconds }) => ai_seconds },
            { name: t('analytics.owner_queue'), color: 'warn', value: ({ queue_seconds }) => queue_seconds },
            { name: t('analytics.owner_human'), color: 'human', value: ({ human_seconds }) => human_seconds },
          ]}
        />
        <GroupChart
          {...axis}
          title={t('analytics.cost_by_owner')}
          kind="stack"
          format={(usd) => money(String(usd))}
          series={[
            { name: t('analytics.owner_ai'), color: 'ai', value: ({ ai_cost_usd }) => Number(ai_cost_usd) },
            {
              name: t('analytics.owner_human'),
              color: 'human',
              value: ({ human_cost_usd }) => Number(human_cost_usd),
            },
          ]}
        />
        <GroupChart
          {...axis}
          title={t('analytics.waits')}
          kind={isTime ? 'lines' : 'bars'}
          format={duration}
          series={[
            {
              name: t('analytics.p50'),
              color: 'accent',
              value: ({ queue_wait_seconds }) => queue_wait_seconds.p50,
            },
            {
              name: t('analytics.p95'),
              color: 'warn',
              value: ({ queue_wait_seconds }) => queue_wait_seconds.p95,
            },
          ]}
        />
        <GroupChart
          {...axis}
          title={t('analytics.satisfaction')}
          kind={isTime ? 'lines' : 'bars'}
          format={rating}
          domain={[0, 5]}
          series={[
            {
              name: t('analytics.owner_ai'),
              color: 'ai',
              value: ({ csat_by_handler }) => csat_by_handler.ai.average,
            },
            {
              name: t('analytics.owner_human'),
              color: 'human',
              value: ({ csat_by_handler }) => csat_by_handler.human.average,
            },
          ]}
        />
        <Reasons summary={summary} />
      </div>
      <GroupTable rows={rows} grouping={grouping} isOpen={!isTime} />
    </>
  );
};

export default Charts;
