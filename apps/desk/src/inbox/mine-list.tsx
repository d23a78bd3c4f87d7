import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconCoffee, IconInbox } from '@tabler/icons-react';
import { type ReactElement, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

import type { Listed } from '../api/pages.js';
import type { Conversation } from '../api/types.js';
import { useMe } from '../live/queries.js';
import { changePresence } from '../shell/use-shell-actions.js';
import { useActions } from '../ui/actions.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import list from '../ui/virtual-list.module.css';
import { MineRow } from './mine-row.js';
import styles from './mine-list.module.css';

interface MineListProps {
  readonly mine: UseQueryResult<Listed<Conversation>>;
  readonly currentId: string | null;
}

const ROW_PX = 64;

/** The conversations the agent is on, newest activity first. Only what is seen is drawn. */
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
        <Rows items={items} currentId={currentId} />
      )}
      {mine.data?.isCut === true && <p className={styles.cut}>{t('inbox.cut', { count: items.length })}</p>}
    </>
  );
};

const Rows = ({
  items,
  currentId,
}: {
  readonly items: readonly Conversation[];
  readonly currentId: string | null;
}): ReactElement => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => items[index]?.conversation_id ?? index,
    overscan: 6,
  });
  const at = items.findIndex(({ conversation_id }) => conversation_id === currentId);
  const move = (step: number): void => {
    const next = items[at === -1 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
    if (next) navigate(`/c/${encodeURIComponent(next.conversation_id)}`);
  };
  useActions('list', [
    { id: 'next', label: t('shortcut.next'), key: 'J', run: () => move(1) },
    { id: 'previous', label: t('shortcut.previous'), key: 'K', run: () => move(-1) },
  ]);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
    // Only when another one is chosen: a list that jumps with each message can't be read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [currentId]);
  return (
    <div ref={box} className={list.box} data-list="mine">
      <ul className={list.rows} style={{ height: rows.getTotalSize() }} aria-label={t('inbox.title')}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const item = items[index];
          return (
            item && (
              <li
                key={key}
                className={styles.row}
                style={{ transform: `translateY(${start}px)`, height: ROW_PX }}
              >
                <MineRow conversation={item} isCurrent={item.conversation_id === currentId} />
              </li>
            )
          );
        })}
      </ul>
    </div>
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
