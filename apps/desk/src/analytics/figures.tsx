import type { TFunction } from 'i18next';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Summary } from '../api/types.js';
import { money } from '../ui/format.js';
import styles from './analytics.module.css';

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
      <Figure name={t('analytics.resolution')} value={percent(summary.resolution_rate)} />
      <Figure
        name={t('analytics.wait')}
        value={duration(wait.p50, t)}
        hint={wait.p95 === null ? undefined : t('analytics.wait_p95', { time: duration(wait.p95, t) })}
      />
      <Figure name={t('analytics.first_response')} value={duration(summary.first_response_seconds, t)} />
      <Figure
        name={t('analytics.csat')}
        value={csat.average === null ? t('analytics.none') : csat.average.toFixed(1)}
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

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const duration = (seconds: number | null, t: TFunction): string => {
  if (seconds === null) return t('analytics.none');
  return seconds < 90
    ? t('analytics.seconds', { count: Math.round(seconds) })
    : t('analytics.minutes', { count: Math.round(seconds / 60) });
};
