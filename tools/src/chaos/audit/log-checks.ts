import type { Breach } from '../ledger.js';
import { type Evidence, SCHEMAS_WITH_LOG } from './evidence.js';

interface StateRow {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly state: string;
  readonly version: number;
  readonly owner: string;
  readonly owner_epoch: number;
}

/** I8: the row of each conversation is what its log folds to. */
export const rowsFollowLog = async ({ system, conversations }: Evidence): Promise<Breach[]> => {
  const rows = await system.sql<StateRow>(
    'SELECT tenant_id, conversation_id, state, version, owner, owner_epoch FROM orchestrator.conversations',
  );
  const breaches: Breach[] = [];
  if (rows.length !== conversations.size)
    breaches.push({
      invariant: 'I8',
      what: `${conversations.size} conversations in the log, ${rows.length} rows`,
    });
  for (const row of rows) {
    const folded = conversations.get(`${row.tenant_id}/${row.conversation_id}`);
    const same =
      folded?.state === row.state &&
      folded.version === row.version &&
      folded.owner === row.owner &&
      folded.epoch <= row.owner_epoch;
    if (!same)
      breaches.push({
        invariant: 'I8',
        what: `${row.conversation_id} is ${row.state} v${row.version} of ${row.owner}; its log says ${folded?.state} v${folded?.version} of ${folded?.owner}`,
      });
  }
  return breaches;
};

/** I8 for every stream of every log: versions from 1 on, none missing, none twice. */
export const versionsWhole = async ({ system }: Evidence): Promise<Breach[]> => {
  const found = await Promise.all(
    SCHEMAS_WITH_LOG.map((schema) =>
      system.sql<{ stream: string; events: number; last: number }>(
        `SELECT '${schema}/' || stream_type || '/' || stream_id AS stream, count(*)::int AS events, max(version) AS last
           FROM ${schema}.events GROUP BY tenant_id, stream_type, stream_id
         HAVING count(*) <> max(version) OR count(DISTINCT version) <> count(*) OR min(version) <> 1`,
      ),
    ),
  );
  return found.flat().map(({ stream, events, last }) => ({
    invariant: 'I8',
    what: `${stream} has ${events} events up to version ${last}`,
  }));
};

/** I9: nothing waits to be published, and everything in the log was. */
export const allPublished = async ({ system }: Evidence): Promise<Breach[]> => {
  const breaches: Breach[] = [];
  for (const schema of SCHEMAS_WITH_LOG) {
    const [row] = await system.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${schema}.outbox`);
    if (row?.count) breaches.push({ invariant: 'I9', what: `${row.count} events wait in ${schema}.outbox` });
    const events = await system.sql<{ event_id: string; type: string; at: number }>(
      `SELECT event_id, type, extract(epoch FROM occurred_at) * 1000 AS at FROM ${schema}.events`,
    );
    const unheard = events.filter(
      ({ event_id, at }) =>
        Number(at) > system.tap.startedAt &&
        !system.tap.published.has(event_id) &&
        !system.tap.wasDeaf(Number(at)),
    );
    if (unheard.length > 0)
      breaches.push({
        invariant: 'I9',
        what: `${unheard.length} events of ${schema} were never published, such as ${unheard[0]?.type} ${unheard[0]?.event_id}`,
      });
  }
  return breaches;
};

/** Nothing is on the bus that is not in a log: what was told has happened. */
export const nothingInvented = async ({ system }: Evidence): Promise<Breach[]> => {
  const known = new Set<string>();
  for (const schema of SCHEMAS_WITH_LOG) {
    for (const { event_id } of await system.sql<{ event_id: string }>(
      `SELECT event_id FROM ${schema}.events`,
    ))
      known.add(event_id);
  }
  const ghosts = [...system.tap.published.keys()].filter((id) => id !== '' && !known.has(id));
  return ghosts.length === 0
    ? []
    : [
        {
          invariant: 'I9',
          what: `${ghosts.length} events were published and never happened, such as ${ghosts[0]}`,
        },
      ];
};

/** What a model that refuses or rambles for good leaves undone is a dead letter by design. */
const FOR_A_BAD_MODEL = /^model-/;

/** Nothing else is parked: no fault of ours is anybody's poison. */
export const nothingParked = async ({ system }: Evidence): Promise<Breach[]> => {
  const parked = await Promise.all(
    SCHEMAS_WITH_LOG.map((schema) =>
      system.sql<{ consumer: string; stream_id: string; reason: string }>(
        `SELECT consumer, stream_id, reason FROM ${schema}.dead_letters`,
      ),
    ),
  );
  return parked
    .flat()
    .filter(({ reason }) => !FOR_A_BAD_MODEL.test(reason))
    .map(({ consumer, stream_id, reason }) => ({
      invariant: 'I2',
      what: `${consumer} parked ${stream_id}: ${reason}`,
    }));
};
