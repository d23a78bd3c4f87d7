import { Menu, Progress, UnstyledButton } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { setPresence } from '../api/commands.js';
import type { HumanAgent, Presence } from '../api/types.js';
import { keys, queryClient } from '../live/queries.js';
import { PresenceDot } from '../shell/presence-dot.js';
import { sayFailure } from '../ui/failure.js';
import { skillsText } from '../ui/format.js';
import styles from './team.module.css';

const PRESENCES: readonly Presence[] = ['ONLINE', 'AWAY', 'OFFLINE'];

/** Who is there, and how much each has to do. */
export const AgentTable = ({ agents }: { readonly agents: readonly HumanAgent[] }): ReactElement => {
  const { t } = useTranslation();
  const sorted = agents.toSorted(
    (a, b) => PRESENCES.indexOf(a.status) - PRESENCES.indexOf(b.status) || a.name.localeCompare(b.name),
  );
  return (
    <section>
      <h2 className={styles.title}>{t('team.agents')}</h2>
      {agents.length === 0 ? (
        <p className={styles.none}>{t('team.no_agents')}</p>
      ) : (
        <ul className={styles.list}>
          {sorted.map((agent) => (
            <AgentRow key={agent.agent_id} agent={agent} />
          ))}
        </ul>
      )}
    </section>
  );
};

const AgentRow = ({ agent }: { readonly agent: HumanAgent }): ReactElement => {
  const { t } = useTranslation();
  const { agent_id: id, name, status, active_count: active, max_concurrent: most } = agent;
  const change = (next: Presence): void => {
    setPresence(id, next)
      .then(() => queryClient.invalidateQueries({ queryKey: keys.agents }))
      .catch((error: unknown) => sayFailure(t('presence.not_set'), error));
  };
  return (
    <li className={styles.agent}>
      <Menu position="bottom-start">
        <Menu.Target>
          <UnstyledButton
            aria-label={`${t('team.change_presence', { name })}: ${t(`presence.${status}`)}`}
            title={t(`presence.${status}`)}
          >
            <PresenceDot status={status} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {PRESENCES.map((each) => (
            <Menu.Item key={each} leftSection={<PresenceDot status={each} />} onClick={() => change(each)}>
              {t(`presence.${each}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <span>
        <span className={`${styles.name} clip`}>{name}</span>
        <span className={styles.quiet}>
          {' '}
          {t(`presence.${status}`)}
          {agent.role !== 'agent' && ` · ${t(`role.${agent.role}`)}`}
        </span>
        <br />
        <span className={styles.quiet}>{skillsText(agent.skills)}</span>
      </span>
      <span className={styles.load}>
        {t('dialog.load', { active, max: most })}
        <Progress
          value={Math.min(100, (active / most) * 100)}
          size="xs"
          color={active >= most ? 'orange' : 'ink'}
          aria-label={`${t('team.load')}: ${name}`}
        />
      </span>
    </li>
  );
};
