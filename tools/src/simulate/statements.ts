import type { MemoryLog, Row, Statement, TableDefinition } from '@baton/event-store/testing';

/** The read models of each service: how rows are upserted, and what its own SQL asks of them. */
export interface ReadModels {
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly statements: (log: MemoryLog) => readonly (readonly [RegExp, Statement])[];
}

const date = (value: unknown): unknown => (typeof value === 'string' ? new Date(value) : value);

/** A row as node-pg gives it: instants are dates. */
const pgRow = (row: Row): Row => {
  const result: Row = {};
  for (const name in row)
    result[name] = name.endsWith('_at') || name === 'held_until' ? date(row[name]) : row[name];
  return result;
};

const by =
  (...names: readonly string[]) =>
  (a: Row, b: Row): number => {
    for (const name of names) {
      const [one, other] = [a[name] as string | number, b[name] as string | number];
      if (one !== other) return one < other ? -1 : 1;
    }
    return 0;
  };

export const ORCHESTRATOR_READS: ReadModels = {
  tables: {
    conversations: { key: ['tenant_id', 'conversation_id'], newerBy: 'version' },
    conversation_turns: { key: ['tenant_id', 'conversation_id', 'turn_number'] },
    messages: { key: ['tenant_id', 'conversation_id', 'version'] },
    handover_events: { key: ['tenant_id', 'conversation_id', 'version'] },
    runs: { key: ['tenant_id', 'run_id'] },
  },
  statements: (log) => [
    [
      /\.read_turn\(/,
      ([tenant, conversation, scope, number]) => {
        const row = log.row('conversations', String(tenant), String(conversation));
        if (!row) return [];
        const answer = log.recall(String(tenant), String(scope), 0)?.answer as
          { turn_number?: number } | undefined;
        const turn = log.row(
          'conversation_turns',
          String(tenant),
          String(conversation),
          Number(number ?? answer?.turn_number ?? 0),
        );
        const { turn_number = null, status, attempts, completed_at, sink, reply, handover } = turn ?? {};
        const { state, version, erased } = row;
        return [
          pgRow({
            turn_number,
            status,
            attempts,
            completed_at,
            sink,
            reply,
            handover,
            state,
            version,
            erased,
          }),
        ];
      },
    ],
    [
      /\.recent_messages\(/,
      ([tenant, conversation, most]) =>
        log
          .rows('messages')
          .filter((row) => row['tenant_id'] === tenant && row['conversation_id'] === conversation)
          .sort(by('version'))
          .reverse()
          .slice(0, most as number)
          .map(pgRow),
    ],
    [
      /\.earlier_replies\(/,
      ([tenant, conversation, before, , most]) =>
        log
          .rows('conversation_turns')
          .filter(
            (row) =>
              row['tenant_id'] === tenant &&
              row['conversation_id'] === conversation &&
              Number(row['turn_number']) < Number(before) &&
              row['reply'],
          )
          .sort(by('turn_number'))
          .reverse()
          .slice(0, most as number)
          .map((row) => pgRow({ ...row, content: (row['reply'] as Row)['content'] })),
    ],
    [
      /SELECT \* FROM \w+\.conversations WHERE/,
      ([tenant, conversation]) => {
        const row = log.row('conversations', String(tenant), String(conversation));
        return row ? [pgRow(row)] : [];
      },
    ],
    [
      /SELECT scope, body_hash, answer FROM \w+\.idempotency/,
      ([tenant, scopes]) => {
        for (const scope of scopes as readonly string[]) {
          const hit = log.recall(String(tenant), scope, log.nowMs());
          if (hit) return [{ scope, body_hash: hit.bodyHash, answer: hit.answer }];
        }
        return [];
      },
    ],
    [
      /SELECT DISTINCT tenant_id, conversation_id FROM/,
      ([seconds, limit]) =>
        log
          .rows('conversation_turns')
          .filter(
            (row) =>
              ['COLLECTING', 'PROCESSING'].includes(String(row['status'])) &&
              row['due_at'] !== null &&
              Date.parse(row['due_at'] as string) < log.nowMs() - Number(seconds) * 1000,
          )
          .slice(0, limit as number),
    ],
  ],
};

const isSeeking = (row: Row, tenant: unknown, at: unknown): boolean =>
  row['tenant_id'] === tenant &&
  row['seeking'] === true &&
  (row['held_until'] === null || Date.parse(row['held_until'] as string) <= Date.parse(String(at)));

const knowing = (latestFirst: readonly Row[]): Row[] =>
  [...new Set(latestFirst.map((row) => row['agent_id']))].slice(0, 3).map((agent_id) => ({ agent_id }));

export const QUEUE_MANAGER_READS: ReadModels = {
  tables: {
    human_agents: { key: ['tenant_id', 'agent_id'], newerBy: 'version' },
    agent_queue: { key: ['tenant_id', 'handover_id'], newerBy: 'version' },
    offers: { key: ['tenant_id', 'offer_id'] },
  },
  statements: (log) => [
    [
      /\.agents_of\(/,
      ([tenant]) =>
        log
          .rows('human_agents')
          .filter((row) => row['tenant_id'] === tenant)
          .map(pgRow),
    ],
    [
      /\.find_offer\(/,
      ([tenant, offer]) => {
        const row = log.row('offers', String(tenant), String(offer));
        return row ? [pgRow(row)] : [];
      },
    ],
    [
      /\.before_enqueue\(/,
      ([tenant, conversation, at, page]) => [
        {
          unfinished: log
            .rows('agent_queue')
            .filter(
              (row) =>
                row['tenant_id'] === tenant &&
                row['conversation_id'] === conversation &&
                row['status'] !== 'CLOSED',
            )
            .map((row) => row['handover_id']),
          head: log
            .rows('agent_queue')
            .filter((row) => isSeeking(row, tenant, at))
            .sort(by('rank_at', 'handover_id'))
            .slice(0, page as number),
        },
      ],
    ],
    [
      /\.knowing_agents\(/,
      ([tenant, conversation, customer, since]) =>
        knowing(
          log
            .rows('agent_queue')
            .filter(
              (row) =>
                row['tenant_id'] === tenant &&
                row['agent_id'] !== null &&
                Date.parse(String(row['enqueued_at'])) > Date.parse(String(since)) &&
                (row['conversation_id'] === conversation ||
                  (customer !== null && row['customer_key'] === customer)),
            )
            .sort(by('enqueued_at'))
            .reverse(),
        ),
    ],
    // How long others waited: an estimate is said, and nothing is decided by it.
    [/AS left_at/, () => []],
    [
      /SELECT queue, requirement, priority FROM \w+\.agent_queue/,
      ([tenant, handover]) => {
        const row = log.row('agent_queue', String(tenant), String(handover));
        return row ? [pgRow(row)] : [];
      },
    ],
    [
      /\.place_of\(/,
      ([tenant, handover]) => {
        const row = log.row('agent_queue', String(tenant), String(handover));
        if (!row) return [];
        const before = log
          .rows('agent_queue')
          .filter((each) => each['tenant_id'] === tenant && each['status'] === 'WAITING')
          .filter((each) => by('rank_at', 'handover_id')(each, row) < 0);
        return [{ status: row['status'], place: before.length + 1 }];
      },
    ],
    [
      /row_number\(\) OVER \(ORDER BY q\.rank_at/,
      ([tenant, afterRank, afterId, page]) =>
        log
          .rows('agent_queue')
          .filter((row) => row['tenant_id'] === tenant && row['status'] === 'WAITING')
          .sort(by('rank_at', 'handover_id'))
          .map((row, index): Row => ({ ...row, position: index + 1 }))
          .filter(
            (row) =>
              afterRank === null ||
              by('rank_at', 'handover_id')(row, { rank_at: afterRank, handover_id: afterId }) > 0,
          )
          .slice(0, page as number)
          .map(pgRow),
    ],
    [
      /\.sought_requirements\(/,
      ([tenant]) => {
        const sought = log.rows('agent_queue').filter((row) => row['tenant_id'] === tenant && row['seeking']);
        return [...new Set(sought.map((row) => String(row['requirement'])))]
          .sort()
          .map((requirement) => ({ requirement }));
      },
    ],
    [
      /\.seeking_page\(/,
      ([tenant, requirements, targets, at, afterRank, afterId, page]) =>
        log
          .rows('agent_queue')
          .filter(
            (row) =>
              isSeeking(row, tenant, at) &&
              ((requirements as readonly unknown[]).includes(row['requirement']) ||
                (targets as readonly unknown[]).includes(row['target_agent_id'])),
          )
          .sort(by('rank_at', 'handover_id'))
          .filter(
            (row) =>
              afterRank === null ||
              by('rank_at', 'handover_id')(row, { rank_at: afterRank, handover_id: afterId }) > 0,
          )
          .slice(0, page as number)
          .map(pgRow),
    ],
    [
      /SELECT DISTINCT tenant_id FROM \w+\.agent_queue WHERE seeking/,
      () => (log.rows('agent_queue').some((row) => row['seeking']) ? [{ tenant_id: 'acme' }] : []),
    ],
    [
      /FROM \w+\.offers\s+WHERE tenant_id = \$1 AND status = 'OPEN'/,
      ([tenant, now, agent, , , limit]) =>
        log
          .rows('offers')
          .filter(
            (row) =>
              row['tenant_id'] === tenant &&
              row['status'] === 'OPEN' &&
              Date.parse(String(row['expires_at'])) > Date.parse(String(now)) &&
              (agent === null || row['agent_id'] === agent),
          )
          .sort(by('created_at', 'offer_id'))
          .slice(0, limit as number)
          .map(pgRow),
    ],
    [
      /\.recall_answer\(/,
      ([tenant, scope]) => {
        const hit = log.recall(String(tenant), String(scope), log.nowMs());
        return hit ? [{ body_hash: hit.bodyHash, answer: hit.answer }] : [];
      },
    ],
  ],
};

export const MEMORY_WORKER_READS: ReadModels = {
  tables: {
    memories: { key: ['tenant_id', 'conversation_id', 'slot'], newerBy: 'version' },
    forgotten_conversations: { key: ['tenant_id', 'conversation_id'] },
  },
  statements: (log) => [
    [
      /\.memories_of_conversation\(/,
      ([tenant, conversation, page]) =>
        log
          .rows('memories')
          .filter((row) => row['tenant_id'] === tenant && row['conversation_id'] === conversation)
          .sort(by('version'))
          .reverse()
          .slice(0, page as number)
          .map(pgRow),
    ],
    // Nothing is searched: what a turn remembers makes an answer better, and no answer here depends on it.
    [/\.turn_memory\(/, () => [{ summary: null, searchable: false }]],
  ],
};

export const NO_READS: ReadModels = { tables: {}, statements: () => [] };
