import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { System } from '../api/types.js';
import { asClock } from '../queue/service-level.js';
import { fullTime } from '../ui/format.js';
import { useNow } from '../ui/now.js';
import styles from './system.module.css';

/** The AI's turns that are not over, and which of them should be. */
export const Work = ({ system }: { readonly system: System }): ReactElement => {
  const { t } = useTranslation();
  const now = useNow();
  const { work, installation } = system;
  if (!work)
    return (
      <section>
        <h2 className={styles.title}>{t('system.work')}</h2>
        <p className={styles.none}>{t('system.work_failed')}</p>
      </section>
    );
  const all = installation?.turns;
  const since = (iso: string): string => asClock(Math.max(0, now - Date.parse(iso)));
  const inAll = (count: number | null | undefined): string | undefined =>
    count === null || count === undefined ? undefined : t('system.all_tenants', { count });
  return (
    <section>
      <h2 className={styles.title}>{t('system.work')}</h2>
      <dl className={styles.figures}>
        <Figure
          name={t('system.collecting')}
          value={String(work.turns.collecting)}
          hint={inAll(all?.collecting)}
        />
        <Figure
          name={t('system.processing')}
          value={String(work.turns.processing)}
          hint={inAll(all?.processing)}
        />
        <Figure
          name={t('system.stuck')}
          value={String(work.stuck_count)}
          tone={work.stuck_count > 0 ? 'bad' : undefined}
        />
        <Figure
          name={t('system.oldest')}
          value={work.turns.oldest_received_at === null ? '–' : since(work.turns.oldest_received_at)}
        />
        <Figure
          name={t('system.runs')}
          value={String(work.runs.running)}
          hint={work.runs.silent > 0 ? t('system.silent_runs', { count: work.runs.silent }) : undefined}
          tone={work.runs.silent > 0 ? 'warn' : undefined}
        />
      </dl>
      {work.stuck.length > 0 && (
        <ul className={styles.list} aria-label={t('system.stuck')}>
          {work.stuck.map((turn) => {
            const at = turn.started_at ?? turn.due_at;
            return (
              <li key={`${turn.conversation_id}/${turn.turn_number}`} className={styles.stuck}>
                <Link href={`/inspect/${encodeURIComponent(turn.conversation_id)}`} className="clip">
                  {turn.conversation_id}
                </Link>
                <span>{t('system.stuck_turn', { turn: turn.turn_number })}</span>
                <span className={styles.quiet} title={fullTime(at)}>
                  {t('system.stuck_since', {
                    state: t(`system.stuck_state.${turn.status}`),
                    time: since(at),
                    attempts: turn.attempts,
                  })}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      {work.stuck_count > work.stuck.length && (
        <p className={styles.quiet}>
          {t('system.more_stuck', { shown: work.stuck.length, count: work.stuck_count })}
        </p>
      )}
    </section>
  );
};

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly hint?: string | undefined;
  readonly tone?: 'warn' | 'bad' | undefined;
}

const Figure = ({ name, value, hint, tone }: FigureProps): ReactElement => (
  <div className={styles.figure} data-tone={tone}>
    <dt>{name}</dt>
    <dd className="tabular">
      {value}
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </dd>
  </div>
);
