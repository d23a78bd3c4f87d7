import { Button } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Conversation } from '../../api/types.js';
import { useStore } from '../../ui/store.js';
import { finishWrapUp, wrapUps } from '../wrap-ups.js';
import { Composer } from './composer.js';
import styles from './reply-area.module.css';
import { WhisperBox } from './whisper-box.js';

interface ReplyAreaProps {
  readonly conversation: Conversation;
  readonly me: string;
  readonly isSupervising: boolean;
  readonly nameOf: (id: string | null) => string;
}

/** The box to answer in, or why there is none. */
export const ReplyArea = ({ conversation, me, isSupervising, nameOf }: ReplyAreaProps): ReactElement => {
  const { t } = useTranslation();
  const { conversation_id: id, state, assigned_agent_id: agent } = conversation;
  const isWrappingUp = useStore(wrapUps).has(id);
  if (state === 'HUMAN_ACTIVE' && agent === me) return <Composer key={id} conversationId={id} />;
  if (isWrappingUp && state === 'RESOLVED') {
    return (
      <div className={styles.bar}>
        <span>{t('conversation.wrap_up')}</span>
        <Button onClick={() => finishWrapUp(id)}>{t('conversation.wrap_up_done')}</Button>
      </div>
    );
  }
  if (state === 'HUMAN_ACTIVE' && agent !== null && isSupervising)
    return <WhisperBox key={id} conversationId={id} name={nameOf(agent)} />;
  return (
    <div className={styles.bar}>
      <IconLock size={15} aria-hidden />
      <span>
        {state === 'HUMAN_ACTIVE'
          ? t('composer.not_yours_agent', { name: nameOf(agent) })
          : state === 'PENDING_HUMAN'
            ? t('composer.not_yours_waiting')
            : state === 'RESOLVED'
              ? t('composer.not_yours_resolved')
              : t('composer.not_yours_ai')}
      </span>
    </div>
  );
};
