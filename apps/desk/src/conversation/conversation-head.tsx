import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowLeft,
  IconArrowsRightLeft,
  IconCheck,
  IconDots,
  IconLayoutSidebarRight,
  IconRobot,
  IconUserCheck,
  IconUserPlus,
} from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import { assign } from '../api/commands.js';
import type { Conversation } from '../api/types.js';
import { session } from '../session/session.js';
import { useActions } from '../ui/actions.js';
import { sayFailure } from '../ui/failure.js';
import { StateBadge } from '../ui/state-badge.js';
import { useStore } from '../ui/store.js';
import styles from './conversation-head.module.css';

const ConversationDialog = lazy(() => import('./dialogs/conversation-dialog.js'));

export type DialogName = 'resolve' | 'give_back' | 'transfer' | 'release' | 'assign';

interface ConversationHeadProps {
  readonly conversation: Conversation;
  readonly name: string;
  readonly isMine: boolean;
  readonly isSupervising: boolean;
  readonly nameOf: (id: string | null) => string;
  readonly areDetailsShown: boolean;
  readonly onDetails: () => void;
}

/** Who it is, who has it, and what can be done with it. */
export const ConversationHead = (props: ConversationHeadProps): ReactElement => {
  const { conversation, name, isMine, isSupervising, nameOf, areDetailsShown, onDetails } = props;
  const { conversation_id: id, state, assigned_agent_id: agent } = conversation;
  const { t } = useTranslation();
  const me = useStore(session)?.agentId ?? '';
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const mayEnd = isMine || (isSupervising && (state === 'HUMAN_ACTIVE' || state === 'PENDING_HUMAN'));
  const takeOver = (): void => {
    assign(id, me).catch((error: unknown) => sayFailure(t('dialog.failed'), error));
  };
  const ended: readonly { name: DialogName; key: string }[] = [
    { name: 'resolve', key: 'E' },
    { name: 'give_back', key: 'B' },
    { name: 'transfer', key: 'T' },
  ];
  useActions('conversation', [
    ...(mayEnd
      ? ended.map(({ name: each, key }) => ({
          id: each,
          label: t(`conversation.${each}`),
          key,
          run: () => setDialog(each),
        }))
      : []),
    ...(isSupervising && !isMine
      ? [
          { id: 'take_over', label: t('conversation.take_over'), run: takeOver },
          { id: 'assign', label: t('conversation.assign'), run: () => setDialog('assign') },
        ]
      : []),
    ...(isMine ? [{ id: 'release', label: t('conversation.release'), run: () => setDialog('release') }] : []),
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
      <StateBadge state={state} text={owner} />
      <span className={styles.space} />
      {isMine && (
        <>
          <Button
            variant="default"
            className={styles.wide ?? ''}
            leftSection={<IconArrowsRightLeft size={15} />}
            onClick={() => setDialog('transfer')}
          >
            {t('conversation.transfer')}
          </Button>
          <Button
            variant="default"
            className={styles.wide ?? ''}
            leftSection={<IconRobot size={15} />}
            onClick={() => setDialog('give_back')}
          >
            {t('conversation.give_back')}
          </Button>
          <Button leftSection={<IconCheck size={15} />} onClick={() => setDialog('resolve')}>
            {t('conversation.resolve')}
          </Button>
        </>
      )}
      {!isMine && isSupervising && (
        <Button variant="default" leftSection={<IconUserCheck size={15} />} onClick={takeOver}>
          {t('conversation.take_over')}
        </Button>
      )}
      {(mayEnd || isSupervising) && (
        <Menu>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('conversation.more')}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {mayEnd && (
              <>
                {!isMine && (
                  <Menu.Item leftSection={<IconCheck size={16} />} onClick={() => setDialog('resolve')}>
                    {t('conversation.resolve')}
                  </Menu.Item>
                )}
                <Menu.Item leftSection={<IconRobot size={16} />} onClick={() => setDialog('give_back')}>
                  {t('conversation.give_back')}
                </Menu.Item>
                {state === 'HUMAN_ACTIVE' && (
                  <Menu.Item
                    leftSection={<IconArrowsRightLeft size={16} />}
                    onClick={() => setDialog('transfer')}
                  >
                    {t('conversation.transfer')}
                  </Menu.Item>
                )}
              </>
            )}
            {isMine && (
              <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => setDialog('release')}>
                {t('conversation.release')}
              </Menu.Item>
            )}
            {isSupervising && (
              <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={() => setDialog('assign')}>
                {t('conversation.assign')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <Tooltip label={`${t('conversation.details')} (I)`}>
        <ActionIcon
          variant={areDetailsShown ? 'light' : 'subtle'}
          color="gray"
          aria-label={t('conversation.details')}
          aria-pressed={areDetailsShown}
          onClick={onDetails}
        >
          <IconLayoutSidebarRight size={18} />
        </ActionIcon>
      </Tooltip>
      <Suspense>
        {dialog && (
          <ConversationDialog name={dialog} conversation={conversation} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </header>
  );
};
