import './words.js';

import { isProblem } from '@baton/client';
import { Button, SegmentedControl } from '@mantine/core';
import { IconMessageOff } from '@tabler/icons-react';
import { type ReactElement, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import { useConversationLog } from '../conversation/use-conversation-log.js';
import { useAgentName, useConversation } from '../live/queries.js';
import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { ConversationFacts } from './conversation-facts.js';
import { EventRow } from './event-row.js';
import styles from './inspector.module.css';
import { type EventKind, toldEvent, turnTook } from './told-event.js';

const FILTERS = ['all', 'turns', 'hands', 'said'] as const;
type Filter = (typeof FILTERS)[number];

const SHOWS: Readonly<Record<Filter, readonly EventKind[]>> = {
  all: ['customer', 'ai', 'human', 'hands', 'quiet'],
  turns: ['ai'],
  hands: ['hands'],
  said: ['customer', 'human'],
};
/** As many as are drawn at once; those before them on demand. */
const PART = 200;

/** What happened in one conversation, for a person who has to find out: who had it, what the AI did, what it cost. */
const InspectorPage = ({ conversationId }: { readonly conversationId: string }): ReactElement => {
  const { t } = useTranslation();
  const { log, view } = useConversationLog(conversationId);
  const { data, error, refetch } = useConversation(conversationId);
  const nameOf = useAgentName();
  const [filter, setFilter] = useState<Filter>('all');
  const [parts, setParts] = useState(1);
  const { events } = view;
  const rows = useMemo(
    () =>
      events.map((event, index) => {
        const before = events[index - 1];
        return {
          event,
          told: toldEvent(event),
          afterMs: before ? Date.parse(event.occurred_at) - Date.parse(before.occurred_at) : null,
          tookMs: event.type === 'conversation.turn_completed' ? turnTook(events, event) : null,
          isNewOwner: event.owner_epoch !== before?.owner_epoch,
          isNewTrace: (event.trace_id ?? null) !== (before?.trace_id ?? null),
        };
      }),
    [events],
  );
  const refusal = view.refusal ?? (isProblem(error) ? error.code : null);
  if (refusal === 'erased') return <Empty icon={IconMessageOff} title={t('inspector.erased')} />;
  if (refusal === 'not-found' || refusal === 'validation-failed')
    return <Empty icon={IconMessageOff} title={t('inspector.not_found')} />;
  if (!data) {
    if (!error) return <Waiting label={t('inspector.loading')} />;
    const again = (): void => {
      log.stop();
      log.start();
      void refetch();
    };
    return <Failed text={t('inspector.failed')} onRetry={again} />;
  }
  const fitting = rows.filter(({ told, event }) =>
    filter === 'said' && event.type === 'conversation.turn_completed'
      ? told.words === 'turn_completed_replied'
      : SHOWS[filter].includes(told.kind),
  );
  const shown = fitting.slice(-parts * PART);
  const hidden = fitting.length - shown.length;
  return (
    <Page
      title={t('inspector.title')}
      aside={
        <Button
          component={Link}
          href={`/c/${encodeURIComponent(conversationId)}`}
          variant="default"
          size="xs"
        >
          {t('inspector.back')}
        </Button>
      }
    >
      <ConversationFacts conversation={data} events={events} nameOf={nameOf} />
      <SegmentedControl
        className={styles.filter ?? ''}
        size="xs"
        aria-label={t('inspector.show')}
        data={FILTERS.map((value) => ({ value, label: t(`inspector.filter.${value}`) }))}
        value={filter}
        onChange={(value) => setFilter(value)}
      />
      {hidden > 0 && (
        <Button variant="default" size="compact-sm" onClick={() => setParts(parts + 1)}>
          {t('inspector.earlier', { count: hidden })}
        </Button>
      )}
      {shown.length === 0 ? (
        view.isRead ? (
          <p className={styles.quiet}>{t('inspector.none')}</p>
        ) : (
          <Waiting />
        )
      ) : (
        <ol className={styles.log} aria-label={t('inspector.log')}>
          {shown.map((row) => (
            <EventRow key={row.event.version} {...row} nameOf={nameOf} />
          ))}
        </ol>
      )}
    </Page>
  );
};

export default InspectorPage;
