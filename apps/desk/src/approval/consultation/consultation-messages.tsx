import { Button } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { type ReactElement, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { Plan } from '../../api/types.js';
import { timeOfDay } from '../../ui/format.js';
import { PlanSteps } from '../plan-steps.js';
import type { ConsultationMessage } from './consultation-api.js';
import type { History } from './consultation-history.js';
import styles from './consultation-panel.module.css';

interface ConsultationMessagesProps {
  readonly history: History | null;
  readonly isAsking: boolean;
  readonly nameOf: (id: string | null) => string;
  readonly onTakeOver?: (plan: Plan) => void;
}

/** What everybody asked and what the agent answered, the newest at the end. */
export const ConsultationMessages = (props: ConsultationMessagesProps): ReactElement => {
  const { history, isAsking, nameOf, onTakeOver } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const messages = history?.messages ?? [];
  const speaking = [...(history?.speaking ?? [])];
  const length = messages.length + speaking.reduce((sum, [, words]) => sum + words.length, 0);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [length, isAsking]);
  const agentName = history?.agentName ?? '';
  return (
    <div ref={box} className={styles.box} tabIndex={0} role="log" aria-label={t('consultation.messages')}>
      {messages.length === 0 && <p className={styles.empty}>{t('consultation.empty')}</p>}
      {messages.map((message) => (
        <Message
          key={message.message_id}
          message={message}
          name={message.role === 'HUMAN' ? nameOf(message.metadata?.agent_id ?? null) : agentName}
          {...(onTakeOver && { onTakeOver })}
        />
      ))}
      {speaking.map(([id, words]) => (
        <div key={id} className={styles.message} data-role="AGENT" data-speaking>
          <p className={styles.meta}>{agentName}</p>
          <p className={`${styles.words} words`}>{words}</p>
        </div>
      ))}
      {isAsking && speaking.length === 0 && <p className={styles.empty}>{t('consultation.thinking')}</p>}
    </div>
  );
};

interface MessageProps {
  readonly message: ConsultationMessage;
  readonly name: string;
  readonly onTakeOver?: (plan: Plan) => void;
}

const Message = ({ message, name, onTakeOver }: MessageProps): ReactElement => {
  const { t } = useTranslation();
  const { role, content, timestamp, metadata } = message;
  if (role === 'SYSTEM')
    return (
      <p className={styles.system}>
        <IconInfoCircle size={14} aria-hidden /> <span className="words">{content}</span>
      </p>
    );
  const plan = metadata?.proposed_plan;
  return (
    <div className={styles.message} data-role={role} data-failed={metadata?.error !== undefined}>
      <p className={styles.meta}>
        <span className={styles.name}>{name || t('consultation.somebody')}</span>
        <time dateTime={timestamp}>{timeOfDay(timestamp)}</time>
      </p>
      <p className={`${styles.words} words`}>{content}</p>
      {metadata?.tools && metadata.tools.length > 0 && (
        <p className={styles.tools}>
          {t('consultation.looked_up', { tools: metadata.tools.map(({ tool }) => tool).join(', ') })}
        </p>
      )}
      {plan && (
        <section className={styles.plan} aria-label={t('consultation.proposed')}>
          <p className={styles.meta}>{t('consultation.proposed')}</p>
          <PlanSteps plan={plan} kind="tool" />
          {onTakeOver && (
            <Button variant="default" onClick={() => onTakeOver(plan)}>
              {t('consultation.take_over')}
            </Button>
          )}
        </section>
      )}
    </div>
  );
};
