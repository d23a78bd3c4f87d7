import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChartBar } from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { analytics } from '../api/reads.js';
import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { Figures } from './figures.js';

const Charts = lazy(() => import('./charts.js'));

const DAY_MS = 86_400_000;

/** What the house did: numbers first, then the charts, which are loaded only here. */
const AnalyticsPage = (): ReactElement => {
  const { t } = useTranslation();
  const [days, setDays] = useState('30');
  const [openedAt] = useState(() => Date.now());
  const range = useMemo(() => {
    // Whole days, so that the first and the last are not half of one.
    const to = (Math.floor(openedAt / DAY_MS) + 1) * DAY_MS;
    return { from: new Date(to - Number(days) * DAY_MS).toISOString(), to: new Date(to).toISOString() };
  }, [days, openedAt]);
  const { data, isError, refetch } = useQuery({
    queryKey: ['analytics', range],
    queryFn: ({ signal }) => analytics({ ...range, group_by: 'day' }, signal),
    staleTime: 15_000,
    placeholderData: (before) => before,
  });
  return (
    <Page
      title={t('analytics.title')}
      aside={
        <SegmentedControl
          aria-label={t('analytics.range')}
          size="xs"
          value={days}
          onChange={setDays}
          data={(['7', '30', '90'] as const).map((value) => ({ value, label: t(`analytics.days_${value}`) }))}
        />
      }
    >
      {isError && !data ? (
        <Failed text={t('analytics.failed')} onRetry={() => void refetch()} />
      ) : !data ? (
        <Waiting />
      ) : data.conversations === 0 ? (
        <Empty icon={IconChartBar} title={t('analytics.empty')} hint={t('analytics.empty_hint')} />
      ) : (
        <>
          <Figures summary={data} />
          <Suspense fallback={<Waiting />}>
            <Charts summary={data} {...range} />
          </Suspense>
        </>
      )}
    </Page>
  );
};

export default AnalyticsPage;
