import { isProblem } from '@baton/client';
import { IconAlertTriangle, IconMessageOff } from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Conversation } from '../api/types.js';
import { useAgentName, useConversation, useIsSupervising, usePendingApprovals } from '../live/queries.js';
import { prefer, preferences } from '../preferences/preferences.js';
import { session } from '../session/session.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { useStore } from '../ui/store.js';
import { customerName } from '../ui/who.js';
import { ConversationHead } from './conversation-head.js';
import type { LogView } from './conversation-log.js';
import { HandoverCard } from './handover-card.js';
import { MessageList } from './messages/message-list.js';
import { ReplyArea } from './reply/reply-area.js';
import { useConversationLog } from './use-conversation-log.js';
import styles from './conversation-pane.module.css';

const ConversationApprovals = lazy(() => import('../approval/conversation-approvals.js'));
const DetailsPanel = lazy(() => import('./details/details-panel.js'));

/** Below this there is no room for both: the details lie over the conversation, and only when asked for. */
const hasRoom = (): boolean => matchMedia('(min-width: 70em)').matches;

/** One conversation: what was said, the answer to it, and what is known around it. */
const ConversationPane = ({ conversationId }: { readonly conversationId: string }): ReactElement => {
  const { t } = useTranslation();
  const { log, view } = useConversationLog(conversationId);
  const { data, error, refetch } = useConversation(conversationId);
  const refusal = view.refusal ?? (isProblem(error) ? error.code : null);
  if (refusal === 'not-found') return <Empty icon={IconMessageOff} title={t('conversation.not_found')} />;
  if (refusal === 'erased') return <Empty icon={IconMessageOff} title={t('conversation.erased')} />;
  if (refusal === 'forbidden') return <Empty icon={IconMessageOff} title={t('conversation.forbidden')} />;
  if (!data) {
    if (!error) return <Waiting label={t('conversation.loading')} />;
    const again = (): void => {
      log.stop();
      log.start();
      void refetch();
    };
    return <Failed text={t('conversation.unreadable')} onRetry={again} />;
  }
  return <OpenConversation conversation={data} view={view} />;
};

interface OpenConversationProps {
  readonly conversation: Conversation;
  readonly view: LogView;
}

const OpenConversation = ({ conversation, view }: OpenConversationProps): ReactElement => {
  const { t } = useTranslation();
  const { showDetails } = useStore(preferences);
  const [isOver, setOver] = useState(false);
  const me = useStore(session)?.agentId ?? '';
  const isSupervising = useIsSupervising();
  const nameOf = useAgentName();
  const asked = (usePendingApprovals().data?.items ?? []).filter(
    ({ conversation_id: id }) => id === conversation.conversation_id,
  );
  const name = customerName(conversation.customer, conversation.conversation_id);
  const isShown = hasRoom() ? showDetails : isOver;
  const toggle = (): void => {
    if (hasRoom()) prefer({ showDetails: !showDetails });
    else setOver(!isOver);
  };
  return (
    <div className={styles.pane} data-details={isShown}>
      <section className={styles.talk} aria-label={t('conversation.region', { name })}>
        <ConversationHead
          conversation={conversation}
          name={name}
          me={me}
          isSupervising={isSupervising}
          nameOf={nameOf}
          areDetailsShown={isShown}
          onDetails={toggle}
        />
        {view.connection === 'reconnecting' && (
          <p className={styles.line} role="status">
            <IconAlertTriangle size={15} aria-hidden /> {t('conversation.reconnecting')}
          </p>
        )}
        {conversation.handover_context && conversation.state !== 'RESOLVED' && (
          <HandoverCard key={conversation.conversation_id} context={conversation.handover_context} />
        )}
        <MessageList
          conversationId={conversation.conversation_id}
          view={view}
          customerName={name}
          me={me}
          nameOf={nameOf}
        />
        {asked.length > 0 && (
          <Suspense>
            <ConversationApprovals conversation={conversation} approvals={asked} />
          </Suspense>
        )}
        <ReplyArea conversation={conversation} me={me} isSupervising={isSupervising} nameOf={nameOf} />
      </section>
      {isShown && (
        <Suspense fallback={<aside className={styles.side} />}>
          <DetailsPanel conversation={conversation} events={view.events} onClose={toggle} nameOf={nameOf} />
        </Suspense>
      )}
    </div>
  );
};

export default ConversationPane;
