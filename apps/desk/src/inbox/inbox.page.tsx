import { IconMessages } from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { openConversation } from '../live/live.js';
import { useMine } from '../live/queries.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Empty, Waiting } from '../ui/status.js';
import styles from './inbox.module.css';
import { MineList } from './mine-list.js';

const loadPane = () => import('../conversation/conversation-pane.js');
const ConversationPane = lazy(loadPane);

/** The own conversations, and one of them (or any other, by its link). On a phone one of the two. */
export const InboxPage = ({ conversationId }: { readonly conversationId: string | null }): ReactElement => {
  const { t } = useTranslation();
  const mine = useMine();
  useEffect(() => {
    // Behind the first view, and before the first conversation: by then the line may be lost.
    void loadPane();
  }, []);
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
            <Suspense fallback={<Waiting label={t('conversation.loading')} />}>
              <ConversationPane conversationId={conversationId} />
            </Suspense>
          </ErrorBoundary>
        )}
      </div>
    </div>
  );
};
