import type { Agent, Staff } from '../load/staff.js';
import type { StaffReader } from '../load/staff-reader.js';
import type { Ledger } from '../ledger.js';
import type { ChaosSystem } from '../system.js';
import { type FoldedConversation, foldConversation, type StoredEvent } from './conversation-fold.js';
import type { Breach } from '../ledger.js';

/** The three sides of the verdict: what clients know, what PostgreSQL holds, what was heard on the bus. */
export interface Evidence {
  readonly system: ChaosSystem;
  readonly ledger: Ledger;
  readonly staffs: readonly Staff[];
  readonly reader: StaffReader | undefined;
  readonly events: readonly StoredEvent[];
  readonly conversations: ReadonlyMap<string, FoldedConversation>;
  readonly foldBreaches: readonly Breach[];
  /** By tenant and id. */
  readonly agents: ReadonlyMap<string, Agent>;
}

export const SCHEMAS_WITH_LOG = ['orchestrator', 'queue_manager', 'memory_worker', 'llm_router'] as const;

export const gather = async (
  parts: Pick<Evidence, 'system' | 'ledger' | 'staffs' | 'reader'>,
): Promise<Evidence> => {
  const events = await parts.system.sql<StoredEvent>(
    `SELECT tenant_id, stream_id, version, global_position::float8 AS global_position, event_id, type,
            data->>'turn_id' AS turn_id, (data->>'turn_number')::int AS turn_number, (data->>'attempt')::int AS attempt,
            data->>'sink' AS sink, data->>'agent_id' AS agent_id, data->>'handover_id' AS handover_id,
            data->'required_skills' AS required_skills, (metadata->>'owner_epoch')::int AS owner_epoch,
            (extract(epoch FROM occurred_at) * 1000)::float8 AS at
       FROM orchestrator.events WHERE stream_type = 'conversation' ORDER BY tenant_id, stream_id, version`,
  );
  const streams = Map.groupBy(events, (event) => `${event.tenant_id}/${event.stream_id}`);
  const conversations = new Map<string, FoldedConversation>();
  const foldBreaches: Breach[] = [];
  for (const [key, ofStream] of streams) {
    const { conversation, breaches } = foldConversation(ofStream);
    conversations.set(key, conversation);
    foldBreaches.push(...breaches);
  }
  const agents = new Map(
    parts.staffs.flatMap(({ tenant, agents: all }) =>
      all.map((agent): [string, Agent] => [`${tenant.name}/${agent.id}`, agent]),
    ),
  );
  return { ...parts, events, conversations, foldBreaches, agents };
};
