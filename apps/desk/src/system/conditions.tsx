import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Installation } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { figure } from './figures.js';
import styles from './system.module.css';

type Condition = Installation['conditions'][number];

const LOOKS = {
  critical: { icon: IconAlertOctagon, tone: 'bad' },
  warning: { icon: IconAlertTriangle, tone: 'warn' },
} as const;

/** What somebody should look at, and where it says what to do. */
export const Conditions = ({ conditions }: { readonly conditions: readonly Condition[] }): ReactElement => {
  const { t, i18n } = useTranslation();
  /** One that the server knows and this desk has no words for is shown by its name. */
  const wordsOf = ({ alert, about, value }: Condition): string => {
    const key = `system.condition.${alert}`;
    if (!i18n.exists(key)) return [alert, about, value].filter((part) => part !== null).join(' ');
    const shown = value === null ? '' : figure(value);
    return t(key as 'system.condition.BatonServiceDown', { about: about ?? '', value: shown });
  };
  if (conditions.length === 0)
    return (
      <p className={styles.well}>
        <IconCircleCheck size={20} aria-hidden /> {t('system.all_well')}
      </p>
    );
  return (
    <section>
      <h2 className={styles.title}>{t('system.attention', { count: conditions.length })}</h2>
      <ul className={styles.list}>
        {conditions.map((each) => (
          <li
            key={`${each.alert}/${each.about}`}
            className={styles.condition}
            data-alert={each.alert}
            data-about={each.about}
          >
            <Badge {...LOOKS[each.severity]}>{t(`system.severity.${each.severity}`)}</Badge>
            <span className="words">{wordsOf(each)}</span>
            <span className={styles.quiet}>{t('system.runbook', { section: each.runbook })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};
