import './words.js';

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconLock } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useIsAdministrating, useMe } from '../live/queries.js';
import { fullTime } from '../ui/format.js';
import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { Backlog } from './backlog.js';
import { Conditions } from './conditions.js';
import { DeadLetters } from './dead-letters.js';
import { Models } from './models.js';
import { Promises } from './promises.js';
import { Services } from './services.js';
import { system } from './system-api.js';
import styles from './system.module.css';
import { Work } from './work.js';

/** No stream tells of this: it is looked up while somebody looks. */
const EVERY_MS = 10_000;

/** Whether all is well, at a glance; and where it is not, what to do. */
const SystemPage = (): ReactElement => {
  const { t } = useTranslation();
  const { isPending } = useMe();
  if (useIsAdministrating()) return <System />;
  return isPending ? <Waiting /> : <Empty icon={IconLock} title={t('system.not_allowed')} />;
};

const System = (): ReactElement => {
  const { t } = useTranslation();
  const { data, isError, isFetching, refetch } = useQuery({
    queryKey: ['system'],
    queryFn: ({ signal }) => system(signal),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
  if (!data)
    return isError ? <Failed text={t('system.failed')} onRetry={() => void refetch()} /> : <Waiting />;
  const { installation } = data;
  return (
    <Page
      title={t('system.title')}
      lead={isError ? t('system.failed') : t('system.lead', { time: fullTime(data.at) })}
      aside={
        <Button variant="default" size="xs" loading={isFetching} onClick={() => void refetch()}>
          {t('system.refresh')}
        </Button>
      }
    >
      <div className={styles.sections}>
        {installation ? (
          <Conditions conditions={installation.conditions} />
        ) : (
          <p className={styles.none}>{t('system.own_only')}</p>
        )}
        <Work system={data} />
        {installation && <Promises installation={installation} />}
        {installation && <Services services={installation.services} />}
        <Models everyMs={EVERY_MS} />
        <DeadLetters everyMs={EVERY_MS} />
        {installation && <Backlog installation={installation} />}
      </div>
    </Page>
  );
};

export default SystemPage;
