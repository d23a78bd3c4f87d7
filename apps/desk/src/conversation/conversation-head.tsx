import { ActionIcon, Button } from '@mantine/core';
import { IconArrowLeft, IconCheck, IconDots, IconLayoutSidebarRight } from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import { assign } from '../api/commands.js';
import type { Conversation } from '../api/types.js';
import { useActions } from '../ui/actions.js';
import { sayFailure } from '../ui/failure.js';
import { lazyMenu } from '../ui/menu-button.js';
import { StateBadge } from '../ui/state-badge.js';
import styles from './conversation-head.module.css';
import type { DialogName } from './dialogs/dialog-name.js';
import type { MoreMenuProps } from './more-menu.js';

const ConversationDialog = lazy(() => import('./dialogs/conversation-dialog.js'));
const MoreMenu = lazyMenu<MoreMenuProps>(() => import('./more-menu.js'));

interface ConversationHeadProps {
  readonly conversation: Conversation;
  readonly name: string;
  readonly me: string;
  readonly isSupervising: boolean;
  readonly nameOf: (id: string | null) => string;
  readonly areDetailsShown: boolean;
  readonly onDetails: () => void;
}

/** Those that have a key. */
const KEYS: Partial<Record<DialogName, string>> = { resolve: 'E', give_back: 'B', transfer: 'T' };

/** Who it is, who has it, and what can be done with it. */
export const ConversationHead = (props: ConversationHeadProps): ReactElement => {
  const { conversation, name, me, isSupervising, nameOf, areDetailsShown, onDetails } = props;
  const { conversation_id: id, state, assigned_agent_id: agent } = conversation;
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const isMine = state === 'HUMAN_ACTIVE' && agent === me;
  const dialogs = dialogsOf(state, isMine, isSupervising);
  const mayTakeOver = isSupervising && !isMine;
  const takeOver = (): void => {
    assign(id, me).catch((error: unknown) => sayFailure(t('dialog.failed'), error));
  };
  useActions('conversation', [
    ...dialogs.map((each) => ({
      id: each,
      label: t(`conversation.${each}`),
      run: () => setDialog(each),
      ...(KEYS[each] !== undefined && { key: KEYS[each] }),
    })),
    ...(mayTakeOver ? [{ id: 'take_over', label: t('conversation.take_over'), run: takeOver }] : []),
    { id: 'details', label: t('shortcut.details'), key: 'I', run: onDetails },
  ]);
  const owner =
    state !== 'HUMAN_ACTIVE'
      ? undefined
      : isMine
        ? t('conversation.with_you')
        : t('conversation.with_agent', { name: nameOf(agent) });
  return (
    <header className={styles.head}>
      <ActionIcon
        component={Link}
        href="/"
        className={styles.back ?? ''}
        variant="subtle"
        color="gray"
        aria-label={t('conversation.back')}
      >
        <IconArrowLeft size={18} />
      </ActionIcon>
      <h2 className={styles.name}>{name}</h2>
      <span className={styles.badge}>
        <StateBadge state={state} text={owner} />
      </span>
      <span className={styles.space} />
      {isMine && (
        <>
          <Button variant="default" className={styles.wide ?? ''} onClick={() => setDialog('transfer')}>
            {t('conversation.transfer')}
          </Button>
          <Button variant="default" className={styles.wide ?? ''} onClick={() => setDialog('give_back')}>
            {t('conversation.give_back_short')}
          </Button>
          <Button
            className={styles.button ?? ''}
            leftSection={<IconCheck size={15} />}
            onClick={() => setDialog('resolve')}
          >
            {t('conversation.resolve')}
          </Button>
        </>
      )}
      {mayTakeOver && (
        <Button variant="default" className={styles.button ?? ''} onClick={takeOver}>
          {t('conversation.take_over')}
        </Button>
      )}
      {dialogs.length > 0 && (
        <MoreMenu
          dialogs={dialogs}
          onChoose={setDialog}
          button={(on) => (
            <ActionIcon variant="subtle" color="gray" aria-label={t('conversation.more')} {...on}>
              <IconDots size={18} />
            </ActionIcon>
          )}
        />
      )}
      <ActionIcon
        variant={areDetailsShown ? 'light' : 'subtle'}
        color="gray"
        aria-label={t('conversation.details')}
        title={`${t('conversation.details')} (I)`}
        aria-pressed={areDetailsShown}
        onClick={onDetails}
      >
        <IconLayoutSidebarRight size={18} />
      </ActionIcon>
      <Suspense>
        {dialog && (
          <ConversationDialog name={dialog} conversation={conversation} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </header>
  );
};

const dialogsOf = (
  state: Conversation['state'],
  isMine: boolean,
  isSupervising: boolean,
): readonly DialogName[] => {
  const isActive = state === 'HUMAN_ACTIVE';
  const mayEnd = isMine || (isSupervising && (isActive || state === 'PENDING_HUMAN'));
  return [
    ...(mayEnd ? (['resolve', 'give_back'] as const) : []),
    ...(mayEnd && isActive ? (['transfer'] as const) : []),
    ...(isMine ? (['release'] as const) : []),
    ...(isSupervising ? (['assign'] as const) : []),
  ];
};
