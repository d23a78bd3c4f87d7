import { rlsSql } from '@baton/service';

/** What tenants want of conversations whose time is over, and the conversations that they want kept apart. */
export const retentionTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.retention_policies (
     tenant_id text PRIMARY KEY, action text NOT NULL CHECK (action IN ('erase', 'archive'))
   )`,
  `CREATE TABLE ${schema}.archived_conversations (
     tenant_id text NOT NULL, conversation_id text NOT NULL, archived_at timestamptz(3) NOT NULL, events int NOT NULL,
     -- The opened log, gzipped, under a key of the tenant: it outlives the conversation's own.
     sealed text NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id)
   )`,
  `CREATE INDEX archived_conversations_newest ON ${schema}.archived_conversations (tenant_id, archived_at DESC, conversation_id DESC)`,
  // What the hourly look for what is due reads, oldest first.
  `CREATE INDEX conversations_ended ON ${schema}.conversations (updated_at, tenant_id, conversation_id)
     WHERE state IN ('FINISHED', 'RESOLVED') AND NOT erased`,
  ...['retention_policies', 'archived_conversations'].flatMap((table) =>
    rlsSql(schema, table, 'orchestrator'),
  ),
];

export const dropRetentionTables = (schema: string): string[] => [
  `DROP INDEX ${schema}.conversations_ended`,
  `DROP TABLE ${schema}.archived_conversations`,
  `DROP TABLE ${schema}.retention_policies`,
];
