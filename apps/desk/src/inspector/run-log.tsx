import { isProblem } from '@baton/client';
import { UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { connection } from '../api/connection.js';
import { allPages, type Listed } from '../api/pages.js';
import type { LogEvent } from '../api/types.js';
import { Failed, Waiting } from '../ui/status.js';
import styles from './inspector.module.css';
import { RawEvent } from './raw-event.js';
import { toldRunEvent } from './told-event.js';

/** What one run did, event by event; read when it is asked for. */
export const RunLog = ({ runId }: { readonly runId: string }): ReactElement => {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['run-events', runId],
    queryFn: ({ signal }) => runEvents(runId, signal),
  });
  if (isProblem(error) && error.code === 'erased')
    return <p className={styles.quiet}>{t('inspector.run_erased')}</p>;
  if (error) return <Failed text={t('inspector.run_failed')} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <ol className={styles.run_log} aria-label={t('inspector.run_log')}>
      {data.items.map((event) => (
        <RunRow key={event.version} event={event} />
      ))}
    </ol>
  );
};

const RunRow = ({ event }: { readonly event: LogEvent }): ReactElement => {
  const { t } = useTranslation();
  const [isRaw, setRaw] = useState(false);
  const { words, values } = toldRunEvent(event);
  return (
    <li>
      <UnstyledButton className={styles.told} aria-expanded={isRaw} onClick={() => setRaw(!isRaw)}>
        <span className={`${styles.version} tabular`}>{event.version}</span>
        <span className="words">
          {words === null
            ? event.type
            : t(`inspector.run_event.${words}` as 'inspector.run_event.started', values)}
        </span>
        <span className="only-read">{t('inspector.show_raw', { version: event.version })}</span>
      </UnstyledButton>
      {isRaw && <RawEvent event={event} />}
    </li>
  );
};

const runEvents = (id: string, signal: AbortSignal): Promise<Listed<LogEvent>> =>
  allPages(async (query) => {
    const { data } = await connection().api.GET('/api/v1/runs/{id}/events', {
      params: { path: { id }, query },
      signal,
    });
    // The client throws for whatever is no success.
    return data as { items: LogEvent[]; next_cursor: string | null };
  });
