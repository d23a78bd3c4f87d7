import type { HumanAgentEvent, QueueItemEvent, RecordedEvent } from '@baton/contracts';
import { type Stamped, stamped, toRecorded } from '@baton/event-store';
import type pg from 'pg';

import { humanAgentDecider } from '../human-agent/human-agent.decider.js';
import { humanAgentRow } from '../human-agent/human-agent.projection.js';
import { isRegistered } from '../human-agent/human-agent.state.js';
import { offerRow } from '../offer/offer.projection.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import { queueRow } from '../queue-item/queue-item.projection.js';
import { READ_MODELS, type ReadModelName } from './read-models.js';

const PAGE = 5_000;
const ROWS_AT_ONCE = 500;

/** Takes the events of one stream in order and gives the rows they leave. */
interface StreamFold {
  apply(event: RecordedEvent): void;
  rows(): object[];
}

const foldAgent = (tenantId: string): StreamFold => {
  let state = humanAgentDecider.initialState();
  let version = 0;
  return {
    apply: (event) => {
      state = humanAgentDecider.evolve(state, stamped<HumanAgentEvent>(event));
      version = event.version;
    },
    rows: () => (isRegistered(state) ? [humanAgentRow(tenantId, state, version)] : []),
  };
};

const foldItem = (tenantId: string): StreamFold => {
  let state = queueItemDecider.initialState();
  let version = 0;
  return {
    apply: (event) => {
      state = queueItemDecider.evolve(state, stamped<QueueItemEvent>(event));
      version = event.version;
    },
    rows: () => (state.status === 'ABSENT' ? [] : [queueRow(tenantId, state, version)]),
  };
};

const foldOffers = (tenantId: string): StreamFold => {
  let state = queueItemDecider.initialState();
  const rows = new Map<string, object>();
  return {
    apply: (recorded) => {
      const event: Stamped<QueueItemEvent> = stamped<QueueItemEvent>(recorded);
      const row = offerRow(tenantId, event, state);
      if (row) rows.set(row.offer_id, row);
      state = queueItemDecider.evolve(state, event);
    },
    rows: () => [...rows.values()],
  };
};

const FOLDS: Readonly<Record<ReadModelName, (tenantId: string) => StreamFold>> = {
  human_agents: foldAgent,
  agent_queue: foldItem,
  offers: foldOffers,
};

/**
 * Makes a read model again from the log, in one transaction: readers see the old rows until it is done, and writers of
 * this table wait, so that nothing that is committed meanwhile can be missed.
 * @returns how many rows it has now
 */
export const rebuildReadModel = async (
  client: pg.ClientBase,
  schema: string,
  name: ReadModelName,
): Promise<number> => {
  await client.query('BEGIN');
  try {
    await client.query(`LOCK TABLE ${schema}.${name} IN EXCLUSIVE MODE`);
    await client.query(`DELETE FROM ${schema}.${name}`);
    let count = 0;
    for await (const rows of rowsOf(client, schema, name)) {
      await client.query(`SELECT ${schema}.apply_rows($1::jsonb)`, [JSON.stringify({ [name]: rows })]);
      count += rows.length;
    }
    await client.query('COMMIT');
    return count;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
};

async function* rowsOf(client: pg.ClientBase, schema: string, name: ReadModelName): AsyncGenerator<object[]> {
  let rows: object[] = [];
  for await (const fold of streamsOf(client, schema, name)) {
    rows.push(...fold.rows());
    if (rows.length < ROWS_AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** Every stream of the model's type, folded, one after the other. */
async function* streamsOf(
  client: pg.ClientBase,
  schema: string,
  name: ReadModelName,
): AsyncGenerator<StreamFold> {
  let last: RecordedEvent | undefined;
  let fold: StreamFold | undefined;
  for (;;) {
    const page = await pageAfter(client, schema, READ_MODELS[name].streamType, last);
    for (const event of page) {
      if (last?.tenant_id !== event.tenant_id || last.stream_id !== event.stream_id) {
        if (fold) yield fold;
        fold = FOLDS[name](event.tenant_id);
      }
      fold?.apply(event);
      last = event;
    }
    if (page.length < PAGE) break;
  }
  if (fold) yield fold;
}

const pageAfter = async (
  client: pg.ClientBase,
  schema: string,
  streamType: string,
  last: RecordedEvent | undefined,
): Promise<RecordedEvent[]> => {
  const { rows } = await client.query<Parameters<typeof toRecorded>[0]>(
    `SELECT * FROM ${schema}.events
      WHERE stream_type = $1 AND ($2::text IS NULL OR (tenant_id, stream_id, version) > ($2, $3, $4))
      ORDER BY tenant_id, stream_id, version LIMIT ${PAGE}`,
    [streamType, last?.tenant_id ?? null, last?.stream_id ?? '', last?.version ?? 0],
  );
  return rows.map(toRecorded);
};
