import { IconAlertTriangle, IconClock, IconFlame } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useNow } from '../ui/now.js';
import { asClock, serviceLevel } from './service-level.js';
import styles from './service-level-mark.module.css';

const ICONS = { good: IconClock, risk: IconAlertTriangle, missed: IconFlame } as const;

interface ServiceLevelMarkProps {
  readonly enqueuedAt: string;
  readonly dueAt: string;
}

/** How a wait stands, by icon, words and colour; it moves each second. */
export const ServiceLevelMark = ({ enqueuedAt, dueAt }: ServiceLevelMarkProps): ReactElement => {
  const { t } = useTranslation();
  const now = useNow();
  const due = Date.parse(dueAt);
  const level = serviceLevel(Date.parse(enqueuedAt), due, now);
  const Icon = ICONS[level];
  return (
    <span className={`${styles.mark} tabular`} data-level={level}>
      <Icon size={14} aria-hidden />
      {t(`queue.sla_${level}`, { time: asClock(Math.abs(due - now)) })}
    </span>
  );
};

/** The wait so far. */
export const Waited = ({ since }: { readonly since: string }): ReactElement => {
  const now = useNow();
  return <span className="tabular">{asClock(now - Date.parse(since))}</span>;
};
