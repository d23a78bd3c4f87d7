import { IconAlertOctagon, IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { RiskTier } from '../api/types.js';
import styles from './risk-badge.module.css';

const ICONS = {
  LOW: IconShieldCheck,
  MEDIUM: IconAlertTriangle,
  HIGH: IconAlertTriangle,
  CRITICAL: IconAlertOctagon,
} as const;

/** How risky, by icon, word and colour, so that none of them is needed alone. */
export const RiskBadge = ({
  tier,
  score,
}: {
  readonly tier: RiskTier;
  readonly score?: number;
}): ReactElement => {
  const { t } = useTranslation();
  const Icon = ICONS[tier];
  return (
    <span className={styles.badge} data-tier={tier}>
      <Icon size={13} aria-hidden />
      {t(`approvals.tier.${tier}`)}
      {score !== undefined && (
        <span className="tabular">{t('approvals.score', { score: Math.round(score) })}</span>
      )}
    </span>
  );
};
