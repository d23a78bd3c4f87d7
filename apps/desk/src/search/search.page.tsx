import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconSearch, IconSearchOff } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import { newestConversations } from '../api/reads.js';
import type { Conversation, ConversationState } from '../api/types.js';
import { useAgentName } from '../live/queries.js';
import { shortTime } from '../ui/format.js';
import { Page } from '../ui/page.js';
import { StateBadge } from '../ui/state-badge.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { customerName } from '../ui/who.js';
import styles from './search.module.css';

const STATES: readonly ConversationState[] = [
  'NEW',
  'AI_PROCESSING',
  'FINISHED',
  'PENDING_HUMAN',
  'HUMAN_ACTIVE',
  'RESOLVED',
  'BACK_TO_AI',
];
const MOST = 100;
const LEAST_LETTERS = 2;

const SearchPage = (): ReactElement => {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [state, setState] = useState<string | null>(null);
  const [q] = useDebouncedValue(words.trim(), 250);
  const isAsked = q.length >= LEAST_LETTERS || (q === '' && state !== null);
  const found = useQuery({
    queryKey: ['search', q, state],
    queryFn: ({ signal }) =>
      newestConversations(
        { ...(q !== '' && { q }), ...(state !== null && { state: state as ConversationState }) },
        MOST,
        signal,
      ),
    enabled: isAsked,
    staleTime: 5000,
    placeholderData: (before) => before,
  });
  return (
    <Page title={t('search.title')}>
      <div className={styles.fields} role="search">
        <TextInput
          className={styles.words ?? ''}
          aria-label={t('search.field')}
          placeholder={t('search.placeholder')}
          leftSection={<IconSearch size={16} />}
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
          maxLength={200}
          autoFocus
        />
        <Select
          aria-label={t('search.state')}
          placeholder={t('search.any_state')}
          value={state}
          onChange={setState}
          clearable
          data={STATES.map((value) => ({ value, label: t(`state.${value}`) }))}
        />
      </div>
      {!isAsked ? (
        <Empty icon={IconSearch} title={t('search.placeholder')} hint={t('search.hint')} />
      ) : found.isError ? (
        <Failed text={t('search.failed')} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Waiting />
      ) : found.data.items.length === 0 ? (
        <Empty icon={IconSearchOff} title={t('search.none', { q })} hint={t('search.none_hint')} />
      ) : (
        <Found items={found.data.items} isCut={found.data.isCut} />
      )}
    </Page>
  );
};

const Found = ({
  items,
  isCut,
}: {
  readonly items: readonly Conversation[];
  readonly isCut: boolean;
}): ReactElement => {
  const { t } = useTranslation();
  const nameOf = useAgentName();
  return (
    <>
      <p className={styles.count} role="status">
        {isCut ? t('search.cut', { count: items.length }) : t('search.results', { count: items.length })}
      </p>
      <ul className={styles.list}>
        {items.map((each) => (
          <li key={each.conversation_id}>
            <Link href={`/c/${encodeURIComponent(each.conversation_id)}`} className={styles.one ?? ''}>
              <span className={`${styles.name} clip`}>
                {customerName(each.customer, each.conversation_id)}
              </span>
              <StateBadge state={each.state} />
              <span className={`${styles.quiet} clip`}>
                {each.assigned_agent_id !== null && nameOf(each.assigned_agent_id)}
              </span>
              <time className={styles.quiet} dateTime={each.updated_at}>
                {shortTime(each.updated_at)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
};

export default SearchPage;
