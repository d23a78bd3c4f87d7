import { IconMoodSmile } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useQueue } from '../live/queries.js';
import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { QueueList } from './queue-list.js';

const QueuePage = (): ReactElement => {
  const { t } = useTranslation();
  const queue = useQueue();
  return (
    <Page title={t('queue.title')} lead={t('queue.lead')}>
      {queue.isPending ? (
        <Waiting />
      ) : queue.isError && !queue.data ? (
        <Failed text={t('queue.failed')} onRetry={() => void queue.refetch()} />
      ) : queue.data.items.length === 0 ? (
        <Empty icon={IconMoodSmile} title={t('queue.empty')} hint={t('queue.empty_hint')} />
      ) : (
        <QueueList items={queue.data.items} />
      )}
    </Page>
  );
};

export default QueuePage;
