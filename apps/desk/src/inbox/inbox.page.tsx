import { IconMessages } from '@tabler/icons-react';
import { type ReactElement, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { ConversationPane } from '../conversation/conversation-pane.js';
import { openConversation } from '../live/live.js';
import { useMine } from '../live/queries.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Empty } from '../ui/status.js';
import styles from './inbox.module.css';
import { MineList } from './mine-list.js';

/** The own conversations, and one of them (or any other, by its link). On a phone one of the two. */
export const InboxPage = ({ conversationId }: { readonly conversationId: string | null }): ReactElement => {
  const { t } = useTranslation();
  const mine = useMine();
  useEffect(() => {
    openConversation.set(conversationId);
    return () => openConversation.set(null);
  }, [conversationId]);
  return (
    <div className={styles.page} data-open={conversationId !== null}>
      <div className={styles.list}>
        <MineList mine={mine} currentId={conversationId} />
      </div>
      <div className={styles.pane}>
        {conversationId === null ? (
          <Empty icon={IconMessages} title={t('inbox.none_open')} hint={t('inbox.none_open_hint')} />
        ) : (
          <ErrorBoundary key={conversationId}>
            <ConversationPane conversationId={conversationId} />
          </ErrorBoundary>
        )}
      </div>
    </div>
  );
};
