import { type ReactElement, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { useMemory } from '../../live/queries.js';
import { Failed, Waiting } from '../../ui/status.js';
import styles from './memory-tab.module.css';

interface MemoryTabProps {
  readonly conversationId: string;
  readonly turnCount: number;
}

/** What the AI remembers of this conversation: the summary, and each turn in short. */
export const MemoryTab = ({ conversationId, turnCount }: MemoryTabProps): ReactElement => {
  const { t } = useTranslation();
  const { data, isError, refetch } = useMemory(conversationId);
  useEffect(() => {
    // A finished turn is remembered within seconds.
    const timer = setTimeout(() => void refetch(), 2000);
    return () => clearTimeout(timer);
  }, [turnCount, refetch]);
  if (!data)
    return isError ? (
      <Failed text={t('conversation.unreadable')} onRetry={() => void refetch()} />
    ) : (
      <Waiting />
    );
  const { summary, memories } = data;
  return (
    <div className={styles.memory}>
      {summary === null && memories.length === 0 && <p className={styles.hint}>{t('details.no_memory')}</p>}
      {summary !== null && (
        <>
          <h3 className={styles.title}>{t('details.summary')}</h3>
          <p className="words">{summary}</p>
        </>
      )}
      <ul className={styles.list}>
        {memories
          .toSorted((a, b) => b.turn_number - a.turn_number)
          .map((memory) => (
            <li key={memory.memory_id} className={styles.one}>
              <span className={styles.hint}>{t('details.turn', { turn: memory.turn_number })}</span>
              <p className="words">{memory.content}</p>
            </li>
          ))}
      </ul>
    </div>
  );
};
