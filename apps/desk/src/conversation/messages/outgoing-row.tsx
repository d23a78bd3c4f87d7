import { Button } from '@mantine/core';
import { IconAlertCircle, IconClock } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { wordsOf } from '../../i18n/i18n.js';
import { dropMessage, type Outgoing } from '../outbox.js';
import { addToDraft } from '../reply/drafts.js';
import styles from './outgoing-row.module.css';
import bubble from './message-row.module.css';

/** The agent's own message before it is in the log. */
export const OutgoingRow = ({ outgoing }: { readonly outgoing: Outgoing }): ReactElement => {
  const { t } = useTranslation();
  const { status, content, turnId, conversationId } = outgoing;
  const takeBack = (): void => {
    dropMessage(turnId);
    addToDraft(conversationId, content);
  };
  return (
    <div className={bubble.said} data-speaker="agent" data-own data-first data-outgoing={status}>
      <div className={`${bubble.words} words`}>{content}</div>
      <p className={styles.fate} data-status={status}>
        {status === 'refused' ? (
          <>
            <IconAlertCircle size={13} aria-hidden />
            {t('conversation.refused', { why: wordsOf('refusal', outgoing.refusal ?? 'unknown') })}
            <Button variant="subtle" size="compact-xs" onClick={takeBack}>
              {t('conversation.take_back')}
            </Button>
          </>
        ) : (
          <>
            <IconClock size={13} aria-hidden />
            {status === 'waiting' ? t('conversation.waiting') : t('conversation.sending')}
          </>
        )}
      </p>
    </div>
  );
};
