import { Alert, Button, CloseButton, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Plan } from '../../api/types.js';
import { Waiting } from '../../ui/status.js';
import { ConsultationMessages } from './consultation-messages.js';
import { useConsultation } from './use-consultation.js';
import styles from './consultation-panel.module.css';

interface ConsultationPanelProps {
  readonly approvalId: string;
  readonly nameOf: (id: string | null) => string;
  /** Takes a plan that the agent proposes into the edit; absent where this person may not decide. */
  readonly onTakeOver?: (plan: Plan) => void;
  readonly onClose: () => void;
}

/** Talk with the agent about what it wants to do: nothing said here decides anything. */
export const ConsultationPanel = (props: ConsultationPanelProps): ReactElement => {
  const { approvalId, nameOf, onTakeOver, onClose } = props;
  const { t } = useTranslation();
  const { history, isAsking, failure, say, end } = useConsultation(approvalId);
  const [text, setText] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const isActive = history?.status === 'ACTIVE' && history.messages.length > 0;
  const isOver = history !== null && history.status !== 'ACTIVE';
  const send = async (): Promise<void> => {
    const message = text.trim();
    if (message === '' || isAsking) return;
    setText('');
    // What was not taken goes back into the box, unless something else stands there by now.
    if (!(await say(message))) setText((now) => (now === '' ? message : now));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') box.current?.blur();
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void send();
  };
  return (
    <aside className={styles.panel} aria-label={t('consultation.title')}>
      <header className={styles.head}>
        <h3 className={styles.title}>
          {history?.agentName ? t('consultation.with', { name: history.agentName }) : t('consultation.title')}
        </h3>
        <span className={styles.space} />
        {isActive && (
          <Button variant="subtle" size="compact-xs" onClick={end}>
            {t('consultation.end')}
          </Button>
        )}
        <CloseButton aria-label={t('consultation.close')} onClick={onClose} />
      </header>
      {history === null && failure === null ? (
        <Waiting />
      ) : (
        <ConsultationMessages
          history={history}
          isAsking={isAsking}
          nameOf={nameOf}
          {...(onTakeOver && { onTakeOver })}
        />
      )}
      {(failure ?? history?.problem ?? null) !== null && (
        <Alert color="red" role="alert" className={styles.failure ?? ''}>
          {failure ?? history?.problem}
        </Alert>
      )}
      <div className={styles.ask}>
        <Textarea
          ref={box}
          aria-label={t('consultation.label')}
          placeholder={t(isOver ? 'consultation.again' : 'consultation.placeholder')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={onKeyDown}
          maxLength={32_000}
          autosize
          minRows={2}
          maxRows={8}
        />
        <Button
          onClick={() => void send()}
          disabled={text.trim() === '' || isAsking}
          rightSection={<IconSend2 size={15} />}
        >
          {t('consultation.send')}
        </Button>
      </div>
    </aside>
  );
};
