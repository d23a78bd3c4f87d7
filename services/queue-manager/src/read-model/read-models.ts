import { applyRowsFunction, upsertRows } from '@baton/event-store';

import type { HumanAgentRow } from '../human-agent/human-agent.projection.js';
import type { OfferRow } from '../offer/offer.projection.js';
import type { QueueRow } from '../queue-item/queue-item.projection.js';

interface ReadModelRows {
  readonly human_agents: HumanAgentRow;
  readonly agent_queue: QueueRow;
  readonly offers: OfferRow;
}
export type ReadModelName = keyof ReadModelRows;

interface ReadModel<Row> {
  /** The streams whose fold it is. */
  readonly streamType: 'human_agent' | 'queue_item';
  readonly key: readonly (keyof Row & string)[];
  /** Each column with its SQL type; the compiler holds them to the row. */
  readonly columns: { readonly [C in keyof Required<Row>]: string };
}

const INSTANT = 'timestamptz(3) NOT NULL';
const TEXT = 'text NOT NULL';
const JSON_VALUE = 'jsonb NOT NULL';
const COUNT = 'int NOT NULL';

/** The tables that are derived from the log, and can be made from it again. */
export const READ_MODELS: { readonly [N in ReadModelName]: ReadModel<ReadModelRows[N]> } = {
  human_agents: {
    streamType: 'human_agent',
    key: ['tenant_id', 'agent_id'],
    columns: {
      tenant_id: TEXT,
      agent_id: TEXT,
      name: TEXT,
      email: 'text',
      role: TEXT,
      skills: JSON_VALUE,
      max_concurrent: COUNT,
      status: TEXT,
      active_count: COUNT,
      languages: 'jsonb',
      slots: JSON_VALUE,
      missed_in_row: COUNT,
      idle_since: INSTANT,
      given_at: 'jsonb',
      created_at: INSTANT,
      updated_at: INSTANT,
      version: COUNT,
    },
  },
  agent_queue: {
    streamType: 'queue_item',
    key: ['tenant_id', 'handover_id'],
    columns: {
      tenant_id: TEXT,
      handover_id: TEXT,
      conversation_id: TEXT,
      queue: TEXT,
      status: TEXT,
      reason: TEXT,
      priority: TEXT,
      required_skills: JSON_VALUE,
      requirement: TEXT,
      relaxed_steps: COUNT,
      parallel: COUNT,
      passes: JSON_VALUE,
      sought: 'jsonb',
      customer_key: 'text',
      target_agent_id: 'text',
      offered_to: JSON_VALUE,
      seeking: 'boolean NOT NULL',
      held_until: 'timestamptz(3)',
      enqueued_at: INSTANT,
      sla_due_at: INSTANT,
      sla_breached: 'boolean NOT NULL',
      rank_at: INSTANT,
      agent_id: 'text',
      first_assigned_at: 'timestamptz(3)',
      closed_at: 'timestamptz(3)',
      close_cause: 'text',
      is_callback: 'boolean',
      version: COUNT,
    },
  },
  offers: {
    streamType: 'queue_item',
    key: ['tenant_id', 'offer_id'],
    columns: {
      tenant_id: TEXT,
      offer_id: TEXT,
      handover_id: TEXT,
      conversation_id: TEXT,
      agent_id: TEXT,
      status: TEXT,
      created_at: INSTANT,
      expires_at: INSTANT,
      ended_at: 'timestamptz(3)',
      handover_context: 'jsonb',
    },
  },
};

/** `CREATE OR REPLACE` of what writes their rows. */
export const applyRows = (schema: string): string =>
  applyRowsFunction(
    schema,
    READ_MODEL_NAMES.map((name) => {
      const { columns, key } = READ_MODELS[name];
      return upsertRows(schema, name, key, Object.keys(columns));
    }),
  );

export const READ_MODEL_NAMES = Object.keys(READ_MODELS) as ReadModelName[];

export const isReadModel = (name: string | undefined): name is ReadModelName =>
  name !== undefined && Object.hasOwn(READ_MODELS, name);
