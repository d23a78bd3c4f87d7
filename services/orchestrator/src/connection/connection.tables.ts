import { upsertRows } from '@baton/event-store';

const CONNECTION_COLUMNS = [
  'tenant_id',
  'connection_id',
  'provider',
  'status',
  'scopes',
  'renewable',
  'reason',
  'pending_until',
  'created_at',
  'connected_at',
  'updated_at',
  'version',
] as const;

const TOKEN_COLUMNS = [
  'tenant_id',
  'connection_id',
  'version',
  'sealed',
  'access_expires_at',
  'refresh_at',
  'claim',
  'claimed_at',
  'unsettled',
] as const;

const AUTHORIZATION_COLUMNS = [
  'tenant_id',
  'connection_id',
  'state_hash',
  'caller',
  'sealed',
  'expires_at',
] as const;

/** Connections to the services of others. What is secret is sealed before it comes here, and is in no event. */
export const connectionTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.connections (
     tenant_id text NOT NULL, connection_id text NOT NULL, provider text NOT NULL, status text NOT NULL,
     scopes jsonb NOT NULL, renewable boolean NOT NULL, reason text, pending_until timestamptz(3) NOT NULL,
     created_at timestamptz(3) NOT NULL, connected_at timestamptz(3), updated_at timestamptz(3) NOT NULL,
     version int NOT NULL,
     PRIMARY KEY (tenant_id, connection_id)
   )`,
  // What a tool asks for: the tenant's newest live connection to a provider.
  `CREATE INDEX connections_live ON ${schema}.connections (tenant_id, provider, connection_id DESC) WHERE status = 'CONNECTED'`,
  // Between the way to the provider's page and back: state as a keyed hash, the verifier sealed.
  `CREATE TABLE ${schema}.connection_authorizations (
     tenant_id text NOT NULL, connection_id text NOT NULL, state_hash text NOT NULL, caller text NOT NULL,
     sealed text NOT NULL, expires_at timestamptz(3) NOT NULL, claimed_at timestamptz(3),
     PRIMARY KEY (tenant_id, connection_id)
   )`,
  `CREATE UNIQUE INDEX connection_authorizations_state ON ${schema}.connection_authorizations (state_hash)`,
  // version grows with each write; claim is the exclusive right to change the tokens, and so to spend the refresh token.
  `CREATE TABLE ${schema}.connection_tokens (
     tenant_id text NOT NULL, connection_id text NOT NULL, version int NOT NULL, sealed text,
     access_expires_at timestamptz(3), refresh_at timestamptz(3), claim text, claimed_at timestamptz(3),
     unsettled boolean NOT NULL,
     PRIMARY KEY (tenant_id, connection_id)
   )`,
  // What a provider registered us as, one client for each tenant (RFC 7591).
  `CREATE TABLE ${schema}.connection_clients (
     tenant_id text NOT NULL, provider text NOT NULL, issuer text NOT NULL, redirect_uri text NOT NULL,
     sealed text NOT NULL, expires_at timestamptz(3), registered_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
     PRIMARY KEY (tenant_id, provider, issuer, redirect_uri)
   )`,
];

export const CONNECTION_TABLES = [
  'connections',
  'connection_authorizations',
  'connection_tokens',
  'connection_clients',
] as const;

/** The clauses of `apply_rows` for what is written with an event. */
export const connectionUpserts = (schema: string): string[] => [
  upsertRows(
    schema,
    'connections',
    ['tenant_id', 'connection_id'],
    CONNECTION_COLUMNS,
    'excluded.version > t.version',
  ),
  upsertRows(
    schema,
    'connection_tokens',
    ['tenant_id', 'connection_id'],
    TOKEN_COLUMNS,
    'excluded.version > t.version',
  ),
  upsertRows(schema, 'connection_authorizations', ['tenant_id', 'connection_id'], AUTHORIZATION_COLUMNS),
];
