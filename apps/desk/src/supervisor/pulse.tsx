import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { HumanAgent, QueueItem } from '../api/types.js';
import { asClock, serviceLevel } from '../queue/service-level.js';
import { useNow } from '../ui/now.js';
import styles from './team.module.css';

interface PulseProps {
  readonly queue: readonly QueueItem[];
  readonly agents: readonly HumanAgent[];
}

/** How the house stands, in six numbers. */
export const Pulse = ({ queue, agents }: PulseProps): ReactElement => {
  const { t } = useTranslation();
  const now = useNow();
  const levels = queue.map((item) =>
    serviceLevel(Date.parse(item.enqueued_at), Date.parse(item.sla_due_at), now),
  );
  const atRisk = levels.filter((level) => level === 'risk').length;
  const missed = levels.filter((level) => level === 'missed').length;
  const longest = Math.max(0, ...queue.map((item) => now - Date.parse(item.enqueued_at)));
  const online = agents.filter(({ status }) => status === 'ONLINE');
  const free = online.reduce((sum, agent) => sum + Math.max(0, agent.max_concurrent - agent.active_count), 0);
  return (
    <dl className={styles.pulse}>
      <Figure name={t('team.waiting')} value={String(queue.length)} />
      <Figure name={t('team.at_risk')} value={String(atRisk)} tone={atRisk > 0 ? 'warn' : undefined} />
      <Figure name={t('team.missed')} value={String(missed)} tone={missed > 0 ? 'bad' : undefined} />
      <Figure name={t('team.longest')} value={queue.length === 0 ? '–' : asClock(longest)} />
      <Figure name={t('team.online')} value={`${online.length} / ${agents.length}`} />
      <Figure name={t('team.free')} value={String(free)} />
    </dl>
  );
};

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly tone?: 'warn' | 'bad' | undefined;
}

const Figure = ({ name, value, tone }: FigureProps): ReactElement => (
  <div className={styles.figure} data-tone={tone}>
    <dt>{name}</dt>
    <dd className="tabular">{value}</dd>
  </div>
);
