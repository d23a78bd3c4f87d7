import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Summary } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import styles from './analytics.module.css';
import { percent } from './numbers.js';

/** Why conversations were handed over: how often, and in what share of all. */
export const Reasons = ({ summary }: { readonly summary: Summary }): ReactElement => {
  const { t } = useTranslation();
  const rates = summary.handover_rate_by_reason as Readonly<Record<string, number>>;
  const reasons = Object.entries(summary.handover_reasons)
    .map(([code, count]) => ({
      code,
      name: wordsOf('reason', code),
      count: Number(count),
      rate: rates[code],
    }))
    .toSorted((a, b) => b.count - a.count);
  const most = Math.max(1, ...reasons.map(({ count }) => count));
  return (
    <section className={styles.chart}>
      <h2 className={styles.title}>{t('analytics.reasons')}</h2>
      {reasons.length === 0 && <p className={styles.note}>{t('analytics.no_reasons')}</p>}
      <ul className={styles.reasons}>
        {reasons.map(({ code, name, count, rate }) => (
          <li key={code} className={styles.reason}>
            <span>{name}</span>
            <span className="tabular">{t('analytics.reason_count', { count, share: percent(rate) })}</span>
            <span className={styles.track} aria-hidden>
              <span className={styles.part} style={{ width: `${(count / most) * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};
