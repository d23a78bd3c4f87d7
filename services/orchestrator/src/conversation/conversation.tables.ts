import { upsertRows } from '@baton/event-store';

/** The read models of conversations: derived, deleted on erase, rebuilt by `npm run rebuild`. */
export const conversationTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.conversations (
     tenant_id text NOT NULL, conversation_id text NOT NULL, state text NOT NULL, erased boolean NOT NULL,
     is_hil boolean NOT NULL, hil_reason text, owner text NOT NULL, owner_epoch int NOT NULL, assigned_agent_id text,
     handover_context jsonb, customer jsonb, customer_id text, workflow_name text NOT NULL, workflow_version int NOT NULL,
     version int NOT NULL, turn_count int NOT NULL, usage jsonb NOT NULL,
     created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX conversations_newest ON ${schema}.conversations (tenant_id, updated_at DESC, conversation_id)`,
  `CREATE INDEX conversations_of_customer ON ${schema}.conversations (tenant_id, customer_id) WHERE customer_id IS NOT NULL`,
  `CREATE INDEX conversations_of_agent ON ${schema}.conversations (tenant_id, assigned_agent_id) WHERE assigned_agent_id IS NOT NULL`,
  `CREATE TABLE ${schema}.conversation_turns (
     tenant_id text NOT NULL, conversation_id text NOT NULL, turn_number int NOT NULL, inputs jsonb NOT NULL,
     status text NOT NULL, run_id text, attempts int NOT NULL, due_at timestamptz(3), received_at timestamptz(3) NOT NULL,
     started_at timestamptz(3), completed_at timestamptz(3), agent_response_hash text, sink text, reply jsonb, handover jsonb,
     PRIMARY KEY (tenant_id, conversation_id, turn_number)
   ) WITH (fillfactor = 70)`,
  // What the sweep of lost turns looks at: a handful of rows, whatever the size of the table.
  `CREATE INDEX conversation_turns_open ON ${schema}.conversation_turns (due_at)
     WHERE status IN ('COLLECTING', 'PROCESSING') AND due_at IS NOT NULL`,
  `CREATE TABLE ${schema}.messages (
     tenant_id text NOT NULL, conversation_id text NOT NULL, version int NOT NULL, message_id text NOT NULL, role text NOT NULL,
     content text NOT NULL, turn_number int, owner text NOT NULL, owner_epoch int NOT NULL, created_at timestamptz(3) NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id, version)
   )`,
  `CREATE TABLE ${schema}.handover_events (
     tenant_id text NOT NULL, conversation_id text NOT NULL, version int NOT NULL, handover_id text NOT NULL, type text NOT NULL,
     reason text, agent_id text, actor text NOT NULL, occurred_at timestamptz(3) NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id, version)
   )`,
];

export const CONVERSATION_TABLES = [
  'conversations',
  'conversation_turns',
  'messages',
  'handover_events',
] as const;

/** The clauses of `apply_rows` for these tables; a row never goes back to an older version. */
export const conversationUpserts = (schema: string): string[] => [
  upsertRows(
    schema,
    'conversations',
    ['tenant_id', 'conversation_id'],
    [
      'tenant_id',
      'conversation_id',
      'state',
      'erased',
      'is_hil',
      'hil_reason',
      'owner',
      'owner_epoch',
      'assigned_agent_id',
      'handover_context',
      'customer',
      'customer_id',
      'workflow_name',
      'workflow_version',
      'version',
      'turn_count',
      'usage',
      'created_at',
      'updated_at',
    ],
    'excluded.version > t.version',
  ),
  upsertRows(
    schema,
    'conversation_turns',
    ['tenant_id', 'conversation_id', 'turn_number'],
    [
      'tenant_id',
      'conversation_id',
      'turn_number',
      'inputs',
      'status',
      'run_id',
      'attempts',
      'due_at',
      'received_at',
      'started_at',
      'completed_at',
      'agent_response_hash',
      'sink',
      'reply',
      'handover',
    ],
  ),
  upsertRows(
    schema,
    'messages',
    ['tenant_id', 'conversation_id', 'version'],
    [
      'tenant_id',
      'conversation_id',
      'version',
      'message_id',
      'role',
      'content',
      'turn_number',
      'owner',
      'owner_epoch',
      'created_at',
    ],
  ),
  upsertRows(
    schema,
    'handover_events',
    ['tenant_id', 'conversation_id', 'version'],
    [
      'tenant_id',
      'conversation_id',
      'version',
      'handover_id',
      'type',
      'reason',
      'agent_id',
      'actor',
      'occurred_at',
    ],
  ),
];

/** What the turn's path reads, each in one round trip: the tenant is set in the same statement. */
export const conversationFunctions = (schema: string): string[] => [
  `CREATE FUNCTION ${schema}.read_turn(tenant text, conversation text, scope_ text, number_ int)
   RETURNS TABLE (turn_number int, status text, attempts int, completed_at timestamptz, sink text, reply jsonb,
     handover jsonb, state text, version int, erased boolean) LANGUAGE plpgsql AS $$
   #variable_conflict use_column
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT t.turn_number, t.status, t.attempts, t.completed_at, t.sink, t.reply, t.handover, c.state, c.version, c.erased
       FROM ${schema}.conversations c
       LEFT JOIN ${schema}.conversation_turns t ON t.tenant_id = c.tenant_id AND t.conversation_id = c.conversation_id
        AND t.turn_number = coalesce(number_, (SELECT (i.answer->>'turn_number')::int FROM ${schema}.idempotency i
                                                WHERE i.tenant_id = tenant AND i.scope = scope_))
      WHERE c.tenant_id = tenant AND c.conversation_id = conversation;
   END $$`,
  `CREATE FUNCTION ${schema}.recent_messages(tenant text, conversation text, most int)
   RETURNS SETOF ${schema}.messages LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT m.* FROM ${schema}.messages m
       WHERE m.tenant_id = tenant AND m.conversation_id = conversation ORDER BY m.version DESC LIMIT most;
   END $$`,
];
