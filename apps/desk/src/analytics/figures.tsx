import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Summary } from '../api/types.js';
import { money } from '../ui/format.js';
import styles from './analytics.module.css';
import { duration, percent, rating } from './numbers.js';

/** The numbers that say how it goes. */
export const Figures = ({ summary }: { readonly summary: Summary }): ReactElement => {
  const { t } = useTranslation();
  const { queue_wait_seconds: wait, csat } = summary;
  const cost = String(Number(summary.ai_cost_usd) + Number(summary.human_cost_usd));
  return (
    <dl className={styles.figures}>
      <Figure name={t('analytics.conversations')} value={String(summary.conversations)} />
      <Figure name={t('analytics.containment')} value={percent(summary.containment_rate)} />
      <Figure name={t('analytics.handover')} value={percent(summary.handover_rate)} />
      <Figure
        name={t('analytics.resolution')}
        value={percent(summary.resolution_rate)}
        hint={t('analytics.settled_hint', {
          durable: percent(summary.durable_resolution_rate),
          reopened: percent(summary.reopen_rate),
        })}
      />
      <Figure
        name={t('analytics.wait')}
        value={duration(wait.p50)}
        hint={wait.p95 === null ? undefined : t('analytics.wait_p95', { time: duration(wait.p95) })}
      />
      <Figure
        name={t('analytics.sla')}
        value={percent(summary.sla.hit_rate)}
        hint={t('analytics.sla_hint', { met: summary.sla.met, missed: summary.sla.missed })}
      />
      <Figure
        name={t('analytics.time')}
        value={duration(summary.ai_seconds + summary.human_seconds)}
        hint={t('analytics.time_split', {
          ai: duration(summary.ai_seconds),
          human: duration(summary.human_seconds),
        })}
      />
      <Figure name={t('analytics.first_response')} value={duration(summary.first_response_seconds)} />
      <Figure
        name={t('analytics.csat')}
        value={rating(csat.average)}
        hint={t('analytics.csat_count', { count: csat.count })}
      />
      <Figure
        name={t('analytics.cost')}
        value={money(cost)}
        hint={t('analytics.cost_split', {
          ai: money(summary.ai_cost_usd),
          human: money(summary.human_cost_usd),
        })}
      />
    </dl>
  );
};

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly hint?: string | undefined;
}

const Figure = ({ name, value, hint }: FigureProps): ReactElement => (
  <div className={styles.figure}>
    <dt>{name}</dt>
    <dd>
      {value}
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </dd>
  </div>
);
