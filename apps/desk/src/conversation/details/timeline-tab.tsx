import { UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { LogEvent } from '../../api/types.js';
import { useStateAt } from '../../live/queries.js';
import { fullTime, money, timeOfDay } from '../../ui/format.js';
import { StateBadge } from '../../ui/state-badge.js';
import list from '../../ui/virtual-list.module.css';
import { Facts } from './facts.js';
import styles from './timeline-tab.module.css';

interface TimelineTabProps {
  readonly conversationId: string;
  readonly events: readonly LogEvent[];
  readonly nameOf: (id: string | null) => string;
}

const ROW_PX = 34;

/** Every event of the log; choosing one shows the conversation as it was then. */
export const TimelineTab = ({ conversationId, events, nameOf }: TimelineTabProps): ReactElement => {
  const { t } = useTranslation();
  const [version, setVersion] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const newestFirst = useMemo(() => events.toReversed(), [events]);
  const chosen = events.find((event) => event.version === version);
  const rows = useVirtualizer({
    count: newestFirst.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => newestFirst[index]?.version ?? index,
    overscan: 8,
  });
  return (
    <div className={styles.timeline}>
      <Link className={styles.inspect ?? ''} href={`/inspect/${encodeURIComponent(conversationId)}`}>
        {t('details.inspect')}
      </Link>
      <div ref={box} className={list.box}>
        <ol
          className={list.rows}
          style={{ height: rows.getTotalSize() }}
          aria-label={t('details.events')}
          reversed
        >
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const event = newestFirst[index];
            return (
              event && (
                <li
                  key={key}
                  className={styles.row}
                  style={{ transform: `translateY(${start}px)`, height: ROW_PX }}
                >
                  <UnstyledButton
                    className={styles.event}
                    aria-pressed={event.version === version}
                    onClick={() => setVersion(event.version === version ? null : event.version)}
                  >
                    <span className={`${styles.version} tabular`}>{event.version}</span>
                    <span className="clip">
                      {event.type.replace('conversation.', '').replaceAll('_', ' ')}
                    </span>
                    <span className={`${styles.actor} clip`}>{nameOf(event.actor.id)}</span>
                    <time
                      className="tabular"
                      dateTime={event.occurred_at}
                      title={fullTime(event.occurred_at)}
                    >
                      {timeOfDay(event.occurred_at)}
                    </time>
                    <span className="only-read">{t('details.show_state', { version: event.version })}</span>
                  </UnstyledButton>
                </li>
              )
            );
          })}
        </ol>
      </div>
      {chosen && <StateThen conversationId={conversationId} event={chosen} nameOf={nameOf} />}
    </div>
  );
};

interface StateThenProps {
  readonly conversationId: string;
  readonly event: LogEvent;
  readonly nameOf: (id: string | null) => string;
}

const StateThen = ({ conversationId, event, nameOf }: StateThenProps): ReactElement => {
  const { t } = useTranslation();
  const { data } = useStateAt(conversationId, event.version);
  return (
    <section className={styles.then} aria-live="polite">
      <h3 className={styles.title}>
        {t('details.at_version', { version: event.version })}
        {data && <StateBadge state={data.state} />}
      </h3>
      {data && (
        <Facts
          facts={[
            [t('details.owner'), nameOf(data.owner)],
            [t('details.epoch'), String(data.owner_epoch)],
            [t('details.agent'), data.assigned_agent_id === null ? null : nameOf(data.assigned_agent_id)],
            [t('details.turns'), String(data.turn_count)],
            [t('details.cost'), money(data.usage.cost_usd)],
          ]}
        />
      )}
      <details className={styles.raw}>
        <summary>{t('details.raw')}</summary>
        <pre tabIndex={0}>{JSON.stringify(event.data, null, 2)}</pre>
      </details>
    </section>
  );
};
