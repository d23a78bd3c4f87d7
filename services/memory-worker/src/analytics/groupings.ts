import type { AnalyticsGroup } from '@baton/contracts';

/** How one grouping finds a conversation's groups, over `c`, a row of `conversation_analytics`. */
export interface Grouping {
  /** Null where the conversation has none. */
  readonly key: string;
  /** For what a conversation may have several of: one row for each; `$n` is the place among the groupings. */
  readonly join?: string;
  /** Which owner intervals (`i`) and handovers (`s`, with the same columns) are this group's own. */
  readonly owns?: string;
}

const dayOf = (unit: string): Grouping => ({
  key: `to_char(date_trunc('${unit}', c.started_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD')`,
});

/**
 * What conversations are grouped by. Of agents, reasons, skills and models a conversation may have several, and is in
 * each of their groups; times, waits, service levels and model costs are told of the group's own part of it.
 */
export const GROUPINGS: Readonly<Record<AnalyticsGroup, Grouping>> = {
  day: dayOf('day'),
  week: dayOf('week'),
  month: dayOf('month'),
  workflow: { key: 'c.workflow_name' },
  version: { key: `c.workflow_name || '@' || c.workflow_version` },
  channel: { key: 'c.channel' },
  handler: { key: `CASE WHEN c.assignments > 0 THEN 'human' ELSE 'ai' END` },
  state: { key: 'c.state' },
  model: {
    key: '$n.model',
    join: `LEFT JOIN conversation_model_costs $n ON $n.tenant_id = c.tenant_id AND $n.conversation_id = c.conversation_id`,
  },
  agent: {
    key: '$n.agent_id',
    join: `LEFT JOIN LATERAL (
      SELECT DISTINCT i.agent_id FROM conversation_intervals i
       WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.conversation_id AND i.owner = 'human'
         AND c.last_agent_id IS NOT NULL) $n ON true`,
    owns: `coalesce($s.agent_id, '') = $k`,
  },
  reason: {
    key: '$n.reason',
    join: `LEFT JOIN LATERAL jsonb_object_keys(c.handover_reasons) AS $n(reason) ON true`,
    owns: `coalesce($s.reason, '') = $k`,
  },
  skill: {
    key: '$n.skill',
    join: 'LEFT JOIN LATERAL unnest(c.skills) AS $n(skill) ON true',
    owns: `(CASE WHEN $k = '' THEN coalesce($s.skills, '{}') = '{}' ELSE $k = ANY($s.skills) END)`,
  },
};
