import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChecks } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { newestApprovals } from '../api/reads.js';
import type { Approval, ApprovalStatus } from '../api/types.js';
import { keys, usePendingApprovals } from '../live/queries.js';
import { ChoiceList } from '../ui/choice-list.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
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
        <ChoiceList<Approval>
          name="approvals"
          label={t('approvals.title')}
          nextLabel={t('approvals.next')}
          previousLabel={t('approvals.previous')}
          items={items}
          idOf={({ approval_id: id }) => id}
          pathOf={(id) => `/approvals/${id}`}
          currentId={currentId}
          rowPx={ROW_PX}
        >
          {(item, isCurrent) => <ApprovalRow approval={item} isCurrent={isCurrent} />}
        </ChoiceList>
      )}
      {filter === 'all' && all.data?.isCut === true && (
        <p className={styles.cut}>{t('search.cut', { count: items.length })}</p>
      )}
    </>
  );
};
