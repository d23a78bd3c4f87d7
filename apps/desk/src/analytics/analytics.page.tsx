import './words.js';

import { useQuery } from '@tanstack/react-query';
import { IconChartBar } from '@tabler/icons-react';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { type Grouping, summaryOf } from './analytics-api.js';
import { Controls } from './controls.js';
import { Figures } from './figures.js';
import { latestDays, rangeOf } from './range.js';

const Charts = lazy(() => import('./charts.js'));

/** What the house did: numbers first, then the charts, which are loaded only here. */
const AnalyticsPage = (): ReactElement => {
  const { t } = useTranslation();
  const [openedAt] = useState(() => Date.now());
  const [days, setDays] = useState(() => latestDays(30, openedAt));
  const [grouping, setGrouping] = useState<Grouping>('day');
  const range = rangeOf(days);
  const { data, isError, refetch } = useQuery({
    queryKey: ['analytics', range, grouping],
    // With the grouping it is of: while the next one loads, the charts are still the last one's.
    queryFn: async ({ signal }) => {
      if (!range) throw new Error('There is no range');
      return { summary: await summaryOf(range, grouping, signal), grouping, range };
    },
    enabled: range !== undefined,
    staleTime: 15_000,
    placeholderData: (before) => before,
  });
  return (
    <Page
      title={t('analytics.title')}
      aside={
        <Controls
          days={days}
          grouping={grouping}
          nowMs={openedAt}
          onDays={setDays}
          onGrouping={setGrouping}
        />
      }
    >
      {isError && !data ? (
        <Failed text={t('analytics.failed')} onRetry={() => void refetch()} />
      ) : !data ? (
        <Waiting />
      ) : data.summary.conversations === 0 ? (
        <Empty icon={IconChartBar} title={t('analytics.empty')} hint={t('analytics.empty_hint')} />
      ) : (
        <>
          <Figures summary={data.summary} />
          <Suspense fallback={<Waiting />}>
            <Charts summary={data.summary} grouping={data.grouping} range={data.range} />
          </Suspense>
        </>
      )}
    </Page>
  );
};

export default AnalyticsPage;
