import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { IconCoffee, IconInbox } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Listed } from '../api/pages.js';
import type { Conversation } from '../api/types.js';
import { useMe } from '../live/queries.js';
import { changePresence } from '../shell/use-shell-actions.js';
import { ChoiceList } from '../ui/choice-list.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { MineRow } from './mine-row.js';
import styles from './mine-list.module.css';

interface MineListProps {
  readonly mine: UseQueryResult<Listed<Conversation>>;
  readonly currentId: string | null;
}

const ROW_PX = 64;

/** The conversations the agent is on, newest activity first. */
export const MineList = ({ mine, currentId }: MineListProps): ReactElement => {
  const { t } = useTranslation();
  const items = mine.data?.items ?? [];
  return (
    <>
      <header className={styles.head}>
        <h1 className={styles.title}>{t('inbox.title')}</h1>
        {items.length > 0 && (
          <span className={styles.count} aria-label={t('inbox.count', { count: items.length })}>
            {items.length}
          </span>
        )}
      </header>
      {mine.isPending ? (
        <Waiting />
      ) : mine.isError && !mine.data ? (
        <Failed text={t('conversation.unreadable')} onRetry={() => void mine.refetch()} />
      ) : items.length === 0 ? (
        <NobodyYet />
      ) : (
        <ChoiceList
          name="mine"
          label={t('inbox.title')}
          nextLabel={t('shortcut.next')}
          previousLabel={t('shortcut.previous')}
          items={items}
          idOf={({ conversation_id: id }) => id}
          pathOf={(id) => `/c/${id}`}
          currentId={currentId}
          rowPx={ROW_PX}
        >
          {(item, isCurrent) => <MineRow conversation={item} isCurrent={isCurrent} />}
        </ChoiceList>
      )}
      {mine.data?.isCut === true && <p className={styles.cut}>{t('inbox.cut', { count: items.length })}</p>}
    </>
  );
};

const NobodyYet = (): ReactElement => {
  const { t } = useTranslation();
  const { data: me } = useMe();
  if (!me || me.status === 'ONLINE')
    return <Empty icon={IconInbox} title={t('inbox.empty')} hint={t('inbox.empty_online')} />;
  return (
    <Empty icon={IconCoffee} title={t('inbox.empty')} hint={t('inbox.empty_away')}>
      <Button onClick={() => void changePresence('ONLINE', t('presence.not_set'))}>
        {t('presence.go_online')}
      </Button>
    </Empty>
  );
};
