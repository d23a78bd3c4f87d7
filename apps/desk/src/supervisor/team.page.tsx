import './words.js';

import { IconLock } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useActive, useAgents, useIsSupervising, useMe, useQueue } from '../live/queries.js';
import { Page } from '../ui/page.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { ActiveList } from './active-list.js';
import { AgentTable } from './agent-table.js';
import { Pulse } from './pulse.js';
import { TeamQueue } from './team-queue.js';
import styles from './team.module.css';

/** All queues, all agents and what they are on: where it burns, and the means to put it out. */
const TeamPage = (): ReactElement => {
  const { t } = useTranslation();
  const { isPending } = useMe();
  if (useIsSupervising()) return <Team />;
  return isPending ? <Waiting /> : <Empty icon={IconLock} title={t('team.not_allowed')} />;
};

const Team = (): ReactElement => {
  const { t } = useTranslation();
  const queue = useQueue();
  const agents = useAgents();
  const active = useActive();
  const failed = [queue, agents, active].find((query) => query.isError && !query.data);
  if (failed) return <Failed text={t('queue.failed')} onRetry={() => void failed.refetch()} />;
  if (!queue.data || !agents.data || !active.data) return <Waiting />;
  return (
    <Page title={t('team.title')}>
      <Pulse queue={queue.data.items} agents={agents.data.items} />
      <div className={styles.columns}>
        <div className={styles.column}>
          <TeamQueue items={queue.data.items} />
          <ActiveList items={active.data.items} />
        </div>
        <AgentTable agents={agents.data.items} />
      </div>
    </Page>
  );
};

export default TeamPage;
