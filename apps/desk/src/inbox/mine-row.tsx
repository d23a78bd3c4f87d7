import { memo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Conversation } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import { glances } from '../live/live.js';
import { shortTime } from '../ui/format.js';
import { usePart } from '../ui/store.js';
import { customerName } from '../ui/who.js';
import styles from './mine-row.module.css';

interface MineRowProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
}

/** One line of who, one of what was said last. */
export const MineRow = memo(({ conversation, isCurrent }: MineRowProps): ReactElement => {
  const { t } = useTranslation();
  const { conversation_id, customer, handover_context: context } = conversation;
  const glance = usePart(glances, (all) => all.get(conversation_id));
  const before = context?.last_messages.at(-1);
  const last = glance?.last ?? before?.content ?? '';
  const role = glance?.role ?? before?.role;
  const unread = glance?.unread ?? 0;
  return (
    <Link
      href={`/c/${encodeURIComponent(conversation_id)}`}
      className={styles.row ?? ''}
      aria-current={isCurrent ? 'page' : undefined}
      data-unread={unread > 0}
    >
      <span className={styles.top}>
        <span className={styles.name}>{customerName(customer, conversation_id)}</span>
        <time className={styles.time} dateTime={conversation.updated_at}>
          {shortTime(conversation.updated_at)}
        </time>
      </span>
      <span className={styles.bottom}>
        <span className={styles.last}>
          {last === ''
            ? context && wordsOf('reason', context.reason)
            : role === 'human_agent'
              ? t('inbox.you_said', { text: last })
              : role === 'assistant'
                ? t('inbox.ai_said', { text: last })
                : last}
        </span>
        {unread > 0 && (
          <span className={styles.unread}>
            <span aria-hidden>{unread > 99 ? '99+' : unread}</span>
            <span className="only-read">{t('inbox.unread', { count: unread })}</span>
          </span>
        )}
      </span>
    </Link>
  );
});
MineRow.displayName = 'MineRow';
