import { Button, Textarea } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { whisper } from '../../api/commands.js';
import { sayFailure } from '../../ui/failure.js';
import styles from './composer.module.css';

interface WhisperBoxProps {
  readonly conversationId: string;
  /** The agent who hears it. */
  readonly name: string;
}

/** A supervisor's words to the agent; looks unlike the reply box, so that nobody takes one for the other. */
export const WhisperBox = ({ conversationId, name }: WhisperBoxProps): ReactElement => {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    if (text.trim() === '' || isBusy) return;
    setBusy(true);
    try {
      await whisper(conversationId, text);
      setText('');
    } catch (error) {
      sayFailure(t('dialog.failed'), error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.composer} data-whisper>
      <Textarea
        className={styles.field ?? ''}
        aria-label={t('composer.whisper_label', { name })}
        placeholder={t('composer.whisper_placeholder', { name })}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void send();
        }}
        maxLength={4000}
        autosize
        minRows={1}
        maxRows={6}
        size="md"
        variant="unstyled"
      />
      <Button
        className={styles.send ?? ''}
        variant="default"
        loading={isBusy}
        disabled={text.trim() === ''}
        leftSection={<IconLock size={14} />}
        onClick={() => void send()}
      >
        {t('composer.whisper_send')}
      </Button>
    </div>
  );
};
