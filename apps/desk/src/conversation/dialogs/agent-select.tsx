import { Select } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { useAgents } from '../../live/queries.js';

interface AgentSelectProps {
  readonly value: string | null;
  readonly exceptId: string | null;
  readonly onChange: (agentId: string | null) => void;
}

/** Who is there comes first; each with presence and load. */
export const AgentSelect = ({ value, exceptId, onChange }: AgentSelectProps): ReactElement => {
  const { t } = useTranslation();
  const agents = useAgents().data?.items ?? [];
  const others = agents
    .filter(({ agent_id }) => agent_id !== exceptId)
    .toSorted((a, b) => rank(a.status) - rank(b.status) || a.name.localeCompare(b.name));
  return (
    <Select
      label={t('dialog.agent')}
      value={value}
      onChange={onChange}
      searchable
      nothingFoundMessage={t('dialog.no_agents')}
      data={others.map((agent) => ({
        value: agent.agent_id,
        label: `${agent.name} · ${t(`presence.${agent.status}`)} · ${t('dialog.load', { active: agent.active_count, max: agent.max_concurrent })}`,
      }))}
      comboboxProps={{ withinPortal: true }}
    />
  );
};

const rank = (status: 'ONLINE' | 'AWAY' | 'OFFLINE'): number => ['ONLINE', 'AWAY', 'OFFLINE'].indexOf(status);
