import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Approval } from '../api/types.js';
import { fullTime, shortTime } from '../ui/format.js';
import { ChangeTable } from './change-table.js';
import styles from './decision-log.module.css';

interface DecisionLogProps {
  readonly approval: Approval;
  readonly nameOf: (id: string | null) => string;
}

/** Who decided what, and when; where an edit came from and went to. */
export const DecisionLog = ({ approval, nameOf }: DecisionLogProps): ReactElement => {
  const { t } = useTranslation();
  const { decisions, edited_from: from, edited_to: to, error, cancelled_because: because } = approval;
  return (
    <section className={styles.log} aria-label={t('approvals.decisions')}>
      <h3 className={styles.title}>{t('approvals.decisions')}</h3>
      {from !== null && (
        <p className={styles.line}>
          <Link href={`/approvals/${encodeURIComponent(from)}`}>{t('approvals.edited_from')}</Link>
        </p>
      )}
      {decisions.length === 0 && <p className={styles.quiet}>{t('approvals.nobody_decided')}</p>}
      <ol className={styles.list}>
        {decisions.map(({ decision, decided_by: by, decided_at: at, message, changes }, index) => (
          <li key={index} className={styles.decision} data-decision={decision}>
            <p className={styles.line}>
              <strong>{nameOf(by.agent_id)}</strong>
              <span className={styles.quiet}>{t(`role.${by.role}`)}</span>
              <span>{t(`approvals.did.${decision}`)}</span>
              <time className={styles.quiet} dateTime={at} title={fullTime(at)}>
                {shortTime(at)}
              </time>
            </p>
            {message !== null && message !== '' && <p className={`${styles.message} words`}>{message}</p>}
            {changes.length > 0 && <ChangeTable changes={changes} />}
          </li>
        ))}
      </ol>
      {to !== null && (
        <p className={styles.line}>
          <Link href={`/approvals/${encodeURIComponent(to)}`}>{t('approvals.edited_to')}</Link>
        </p>
      )}
      {because !== null && (
        <p className={`${styles.message} words`}>{t('approvals.cancelled_because', { why: because })}</p>
      )}
      {error !== null && (
        <p className={`${styles.failure} words`} role="alert">
          {error.code === 'unsettled' ? t('approvals.unsettled') : error.message}
        </p>
      )}
    </section>
  );
};
