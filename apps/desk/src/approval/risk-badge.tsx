import { IconAlertOctagon, IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { RiskTier } from '../api/types.js';
import { Badge } from '../ui/badge.js';

const LOOKS = {
  LOW: { icon: IconShieldCheck, tone: 'quiet' },
  MEDIUM: { icon: IconAlertTriangle, tone: 'warn' },
  HIGH: { icon: IconAlertTriangle, tone: 'bad' },
  CRITICAL: { icon: IconAlertOctagon, tone: 'bad' },
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
  return (
    <Badge {...LOOKS[tier]}>
      {t(`approvals.tier.${tier}`)}
      {score !== undefined && (
        <span className="tabular">{t('approvals.score', { score: Math.round(score) })}</span>
      )}
    </Badge>
  );
};
