import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconChecks } from '@tabler/icons-react';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

import { newestApprovals } from '../api/reads.js';
import type { Approval, ApprovalStatus } from '../api/types.js';
import { keys, usePendingApprovals } from '../live/queries.js';
import { useActions } from '../ui/actions.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import list from '../ui/virtual-list.module.css';
import { ApprovalRow } from './approval-row.js';
import { hasRole } from './may-decide.js';
import { useForMe, useViewer } from './viewer.js';
import styles from './approval-list.module.css';

type Filter = 'mine' | 'role' | 'all';

const STATUSES: readonly ApprovalStatus[] = [
  'PENDING',
  'APPROVED',
  'REJECTED',
  'EDITED',
  'RESPONDED',
  'EXPIRED',
  'CANCELLED',
  'EXECUTING',
  'EXECUTED',
  'FAILED',
];
const MOST = 200;
const ROW_PX = 60;

/** What is to be decided, and on demand what was: for me, for my role, or all there is. */
export const ApprovalList = ({ currentId }: { readonly currentId: string | null }): ReactElement => {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<Filter>('mine');
  const [status, setStatus] = useState<ApprovalStatus | null>(null);
  const viewer = useViewer();
  const pending = usePendingApprovals();
  const mine = useForMe();
  const all = useQuery({
    queryKey: [...keys.approvals, 'all', status],
    queryFn: ({ signal }) => newestApprovals(status === null ? {} : { status }, MOST, signal),
    enabled: filter === 'all',
    placeholderData: (before) => before,
  });
  const read = filter === 'all' ? all : pending;
  const items =
    filter === 'mine'
      ? mine
      : filter === 'all'
        ? (all.data?.items ?? [])
        : (pending.data?.items ?? []).filter(
            ({ required_role }) => viewer !== null && hasRole(viewer.role, required_role),
          );
  return (
    <>
      <header className={styles.head}>
        <h1 className={styles.title}>{t('approvals.title')}</h1>
        <SegmentedControl
          size="xs"
          aria-label={t('approvals.filter')}
          value={filter}
          onChange={(value) => setFilter(value)}
          data={[
            { value: 'mine', label: t('approvals.mine') },
            { value: 'role', label: t('approvals.role') },
            { value: 'all', label: t('approvals.all') },
          ]}
        />
        {filter === 'all' && (
          <Select
            size="xs"
            aria-label={t('approvals.status_filter')}
            placeholder={t('approvals.any_status')}
            value={status}
            onChange={(value) => setStatus(value)}
            clearable
            data={STATUSES.map((value) => ({ value, label: t(`approvals.status.${value}`) }))}
          />
        )}
      </header>
      {read.isPending || !viewer ? (
        <Waiting />
      ) : read.isError && !read.data ? (
        <Failed text={t('approvals.failed')} onRetry={() => void read.refetch()} />
      ) : items.length === 0 ? (
        <Empty icon={IconChecks} title={t('approvals.empty')} hint={t('approvals.empty_hint')} />
      ) : (
        <Rows items={items} currentId={currentId} />
      )}
      {filter === 'all' && all.data?.isCut === true && (
        <p className={styles.cut}>{t('search.cut', { count: items.length })}</p>
      )}
    </>
  );
};

interface RowsProps {
  readonly items: readonly Approval[];
  readonly currentId: string | null;
}

const Rows = ({ items, currentId }: RowsProps): ReactElement => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => items[index]?.approval_id ?? index,
    overscan: 6,
  });
  const at = items.findIndex(({ approval_id }) => approval_id === currentId);
  const move = (step: number): void => {
    const next = items[at === -1 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
    if (next) navigate(`/approvals/${encodeURIComponent(next.approval_id)}`);
  };
  useActions('list', [
    { id: 'next', label: t('approvals.next'), key: 'J', run: () => move(1) },
    { id: 'previous', label: t('approvals.previous'), key: 'K', run: () => move(-1) },
  ]);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
    // Only when another one is chosen: a list that jumps as others come can't be read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [currentId]);
  return (
    <div ref={box} className={list.box} data-list="approvals">
      <ul className={list.rows} style={{ height: rows.getTotalSize() }} aria-label={t('approvals.title')}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const item = items[index];
          return (
            item && (
              <li
                key={key}
                className={styles.row}
                style={{ transform: `translateY(${start}px)`, height: ROW_PX }}
              >
                <ApprovalRow approval={item} isCurrent={item.approval_id === currentId} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
};
