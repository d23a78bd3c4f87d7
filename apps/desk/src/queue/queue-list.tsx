import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Conversation, QueueItem } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import { useAgentName, useConversation, useWaiting } from '../live/queries.js';
import { skillsText } from '../ui/format.js';
import { customerName } from '../ui/who.js';
import list from '../ui/virtual-list.module.css';
import styles from './queue-list.module.css';
import { ServiceLevelMark, Waited } from './service-level-mark.js';

interface QueueListProps {
  readonly items: readonly QueueItem[];
  /** Buttons at the end of a row. */
  readonly actions?: (item: QueueItem) => ReactNode;
}

const ROW_PX = 64;

/** Who waits, next first: who, why, how long, and until when. */
export const QueueList = ({ items, actions }: QueueListProps): ReactElement => {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const waiting = useWaiting().data?.items;
  const known = waiting && new Map(waiting.map((each) => [each.conversation_id, each]));
  const nameOf = useAgentName();
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => items[index]?.handover_id ?? index,
    overscan: 8,
  });
  return (
    <div ref={box} className={styles.box}>
      <ol className={list.rows} style={{ height: rows.getTotalSize() }} aria-label={t('queue.title')}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const item = items[index];
          if (!item) return null;
          const { conversation_id: id } = item;
          const skills = skillsText(item.required_skills);
          return (
            <li
              key={key}
              className={styles.row}
              style={{ transform: `translateY(${start}px)`, height: ROW_PX }}
              data-conversation={id}
            >
              <span className={`${styles.place} tabular`}>
                <span className="only-read">{t('queue.position')} </span>
                {item.position}
              </span>
              <span className={styles.who}>
                <Link href={`/c/${encodeURIComponent(id)}`} className={`${styles.name} clip`}>
                  <Who id={id} known={known} />
                </Link>
                <span className={`${styles.why} clip`}>
                  {item.callback === true && `${t('queue.callback')} · `}
                  {wordsOf('reason', item.reason)}
                  {item.priority !== 'NORMAL' && ` · ${t(`priority.${item.priority}`)}`}
                  {skills !== '' && ` · ${skills}`}
                </span>
              </span>
              <span className={styles.times}>
                <ServiceLevelMark enqueuedAt={item.enqueued_at} dueAt={item.sla_due_at} />
                <span className={styles.why}>
                  {t('queue.waited')} <Waited since={item.enqueued_at} />
                </span>
              </span>
              <span className={`${styles.offered} clip`}>
                {t('queue.offered')}: {item.offered_to.map(nameOf).join(', ') || t('queue.nobody')}
              </span>
              {actions && <span className={styles.actions}>{actions(item)}</span>}
            </li>
          );
        })}
      </ol>
    </div>
  );
};

interface WhoProps {
  readonly id: string;
  /** Those that wait; undefined until they are read. */
  readonly known: ReadonlyMap<string, Conversation> | undefined;
}

/** The customer's name. Who is to be called back is not among those that wait: the AI has the conversation meanwhile. */
const Who = ({ id, known }: WhoProps): string => {
  const waiting = known?.get(id);
  const { data } = useConversation(id, { isNeeded: known !== undefined && !waiting });
  return customerName((waiting ?? data)?.customer, id);
};
