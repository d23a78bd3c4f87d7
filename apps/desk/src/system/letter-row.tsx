import { Button } from '@mantine/core';
import { IconCheck, IconHourglass, IconMailOff } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { DeadLetter } from '../api/types.js';
import { useAgentName } from '../live/queries.js';
import { Badge } from '../ui/badge.js';
import { fullTime } from '../ui/format.js';
import styles from './system.module.css';

const LOOKS = {
  open: { icon: IconMailOff, tone: 'bad' },
  pending: { icon: IconHourglass, tone: 'warn' },
  settled: { icon: IconCheck, tone: 'quiet' },
} as const;

interface LetterRowProps {
  readonly letter: DeadLetter;
  readonly onAsk: (what: 'replay' | 'drop') => void;
}

/** One parked stream: which event, where, why, and what was asked of it. */
export const LetterRow = ({ letter, onAsk }: LetterRowProps): ReactElement => {
  const { t } = useTranslation();
  const nameOf = useAgentName();
  const { dead_letter_id: id, state, asked, outcome } = letter;
  return (
    <li className={styles.letter} data-letter={id} data-state={state}>
      <div className={styles.letter_head}>
        <Badge {...LOOKS[state]}>
          {outcome === null ? t(`system.letter_${state}`) : t(`system.outcome.${outcome}`)}
        </Badge>
        <strong className="clip">
          {t('system.letter_of', { type: letter.type, version: letter.version })}
        </strong>
        <span className="clip" title={`${letter.stream_type}/${letter.stream_id}`}>
          {letter.stream_id}
        </span>
      </div>
      <p className={`${styles.reason} words`}>{letter.reason}</p>
      <div className={styles.letter_foot}>
        <span className={styles.quiet}>
          {t('system.letter_tries', {
            consumer: letter.consumer,
            attempts: letter.attempts,
            time: fullTime(letter.parked_at),
          })}
          {asked !== null &&
            ` · ${t('system.letter_asked', {
              what: t(`system.asked_${asked.what}`),
              by: nameOf(asked.by),
              time: fullTime(asked.at),
            })}${asked.reason === null ? '' : `: ${asked.reason}`}`}
        </span>
        <span className={styles.buttons}>
          {letter.stream_type === 'conversation' && (
            <Button
              component={Link}
              href={`/inspect/${encodeURIComponent(letter.stream_id)}`}
              size="compact-xs"
              variant="subtle"
            >
              {t('system.inspect')}
            </Button>
          )}
          {state === 'open' && (
            <>
              <Button size="compact-xs" variant="default" onClick={() => onAsk('replay')}>
                {t('system.replay')}
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => onAsk('drop')}>
                {t('system.drop')}
              </Button>
            </>
          )}
        </span>
      </div>
    </li>
  );
};
