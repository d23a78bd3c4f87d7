import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Models as ModelsView } from '../api/types.js';
import { shortTime } from '../ui/format.js';
import { StatusBadge } from './status-badge.js';
import { models } from './system-api.js';
import styles from './system.module.css';

type Model = ModelsView['models'][number];

/** Each model as the router that answered sees it. */
export const Models = ({ everyMs }: { readonly everyMs: number }): ReactElement => {
  const { t } = useTranslation();
  const { data, isError } = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => models(signal),
    refetchInterval: everyMs,
  });
  return (
    <section>
      <h2 className={styles.title}>{t('system.models')}</h2>
      {isError && <p className={styles.none}>{t('system.models_failed')}</p>}
      {data?.models.length === 0 && <p className={styles.none}>{t('system.no_models')}</p>}
      <ul className={styles.list} hidden={!data || data.models.length === 0}>
        {data?.models.map((model) => (
          <li key={model.model} className={styles.model}>
            <span className="clip">{model.model}</span>
            <StatusBadge status={healthOf(model)} text={t(`system.model_state.${wordOf(model)}`)} />
            <span className={styles.quiet}>
              {model.last_success_at !== null &&
                `${t('system.last_success')} ${shortTime(model.last_success_at)}`}
              {model.last_failure !== null &&
                ` · ${t('system.last_failure')} ${model.last_failure}${
                  model.last_failure_at === null ? '' : ` ${shortTime(model.last_failure_at)}`
                }`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};

const wordOf = ({ breaker, available }: Model): 'away' | Model['breaker'] =>
  breaker === 'closed' && !available ? 'away' : breaker;

const healthOf = (model: Model): 'up' | 'degraded' | 'down' =>
  (({ closed: 'up', half_open: 'degraded', open: 'down', away: 'degraded' }) as const)[wordOf(model)];
