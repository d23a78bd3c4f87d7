import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { DeadLetter } from '../api/types.js';
import { Failed, Waiting } from '../ui/status.js';
import { LetterDialog } from './letter-dialog.js';
import { LetterRow } from './letter-row.js';
import { deadLetters } from './system-api.js';
import styles from './system.module.css';

const FILTERS = ['open', 'pending', 'settled', 'all'] as const;
type Filter = (typeof FILTERS)[number];

interface Asked {
  readonly letter: DeadLetter;
  readonly what: 'replay' | 'drop';
}

/** What consumers gave up on, and the two things to be done about it. */
export const DeadLetters = ({ everyMs }: { readonly everyMs: number }): ReactElement => {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<Filter>('open');
  const [asked, setAsked] = useState<Asked | null>(null);
  const { data, isError, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['dead-letters', filter],
    queryFn: ({ pageParam, signal }) => deadLetters(filter === 'all' ? null : filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: everyMs,
  });
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const unreachable = [...new Set(data?.pages.flatMap((page) => page.unreachable))];
  return (
    <section aria-labelledby="dead-letters">
      <div className={styles.head}>
        <h2 id="dead-letters" className={styles.title}>
          {t('system.letters')}
        </h2>
        <SegmentedControl
          size="xs"
          aria-label={t('system.letters_state')}
          data={FILTERS.map((value) => ({ value, label: t(`system.letter_${value}`) }))}
          value={filter}
          onChange={(value) => setFilter(value)}
        />
      </div>
      <p className={styles.quiet}>{t('system.letters_hint')}</p>
      {unreachable.length > 0 && (
        <p className={styles.warn} role="status">
          {t('system.unreachable', { services: unreachable.join(', ') })}
        </p>
      )}
      {!data ? (
        isError ? (
          <Failed text={t('system.letters_failed')} onRetry={() => void refetch()} />
        ) : (
          <Waiting />
        )
      ) : items.length === 0 ? (
        <p className={styles.none}>{t('system.no_letters')}</p>
      ) : (
        <ul className={styles.list}>
          {items.map((letter) => (
            <LetterRow
              key={letter.dead_letter_id}
              letter={letter}
              onAsk={(what) => setAsked({ letter, what })}
            />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          className={styles.more ?? ''}
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('system.more_letters')}
        </Button>
      )}
      {asked && <LetterDialog {...asked} onClose={() => setAsked(null)} onDone={() => void refetch()} />}
    </section>
  );
};
