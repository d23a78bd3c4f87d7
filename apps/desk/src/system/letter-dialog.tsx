import { Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { DeadLetter } from '../api/types.js';
import { ActDialog } from '../conversation/dialogs/act-dialog.js';
import { settleLetter } from './system-api.js';
import styles from './system.module.css';

interface LetterDialogProps {
  readonly letter: DeadLetter;
  readonly what: 'replay' | 'drop';
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks before a stream goes on: what is skipped cannot be brought back, so it needs a reason. */
export const LetterDialog = ({ letter, what, onClose, onDone }: LetterDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const isDrop = what === 'drop';
  return (
    <ActDialog
      title={t(isDrop ? 'system.drop_title' : 'system.replay_title')}
      action={t(isDrop ? 'system.drop' : 'system.replay')}
      isReady={!isDrop || reason.trim() !== ''}
      onClose={onClose}
      onAct={async () => {
        await settleLetter(letter, what, reason);
        onDone();
      }}
    >
      <p className={styles.quiet}>{t(isDrop ? 'system.drop_hint' : 'system.replay_hint')}</p>
      <p className="words">
        {letter.stream_id} · {t('system.letter_of', { type: letter.type, version: letter.version })}
      </p>
      <Textarea
        label={t(isDrop ? 'system.letter_reason' : 'system.letter_reason_optional')}
        value={reason}
        maxLength={1000}
        autosize
        minRows={2}
        data-autofocus
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
    </ActDialog>
  );
};
