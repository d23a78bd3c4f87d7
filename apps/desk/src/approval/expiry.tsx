import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Approval } from '../api/types.js';
import { fullTime } from '../ui/format.js';
import { useNow } from '../ui/now.js';
import { timeLeft } from './plan-words.js';
import styles from './expiry.module.css';

const URGENT_MS = 5 * 60_000;

/** How long there is to decide; when nobody does, that is a no. */
export const Expiry = ({ approval }: { readonly approval: Approval }): ReactElement => {
  const { t } = useTranslation();
  const left = Date.parse(approval.expires_at) - useNow();
  return (
    <span
      className={`${styles.expiry} tabular`}
      role="timer"
      aria-live="off"
      data-urgent={left < URGENT_MS}
      title={fullTime(approval.expires_at)}
    >
      {left > 0 ? t('approvals.expires', { time: timeLeft(left) }) : t('approvals.expiring')}
    </span>
  );
};
