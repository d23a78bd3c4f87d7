import { type Database } from '@baton/service';
import * as oauth from 'oauth4webapi';

import type { Provider } from '../provider/provider.js';
import type { TokenKeyring } from '../token-keyring.js';
import { type OutboundOptions, requestOptions, type ResolvedServer } from './authorization-servers.js';
import type { OAuthClient } from './oauth-client.js';
import { asProviderError, ProviderError } from './provider-failure.js';

interface ClientRow {
  readonly sealed: string;
}

interface Registration {
  readonly tenantId: string;
  readonly provider: Provider;
  readonly server: ResolvedServer;
  readonly redirectUri: string;
}

/** The clients that providers registered us as (RFC 7591): one for each tenant, provider and redirect URI, sealed. */
export class RegisteredClients {
  constructor(
    private readonly database: Database,
    private readonly keyring: TokenKeyring,
    private readonly outbound: OutboundOptions,
  ) {}

  /** The client there is, else a new one. @throws ProviderError where the server registers none */
  async of(registration: Registration): Promise<OAuthClient> {
    const known = await this.find(registration);
    if (known !== undefined && known !== 'unreadable') return known;
    const { client, expiresAt } = await this.register(registration);
    await this.store(registration, client, expiresAt, known === 'unreadable');
    // Two that registered at once both use the one that was stored first.
    const stored = await this.find(registration);
    return stored === undefined || stored === 'unreadable' ? client : stored;
  }

  /** Sealed anew where it was with an older key; `unreadable` where its key is gone: then another is registered. */
  private async find(registration: Registration): Promise<OAuthClient | 'unreadable' | undefined> {
    const { tenantId } = registration;
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<ClientRow>(
        `SELECT sealed FROM ${this.table}
          WHERE tenant_id = $1 AND provider = $2 AND issuer = $3 AND redirect_uri = $4
            AND (expires_at IS NULL OR expires_at > clock_timestamp() + interval '1 hour')`,
        keyOf(registration),
      ),
    );
    if (!row) return undefined;
    if (!this.keyring.knows(row.sealed)) return 'unreadable';
    const client = this.keyring.open<OAuthClient>(row.sealed, contextOf(registration));
    if (this.keyring.isOutdated(row.sealed)) await this.reseal(registration, client, row.sealed);
    return client;
  }

  private async reseal(registration: Registration, client: OAuthClient, before: string): Promise<void> {
    await this.database.tenant(registration.tenantId, (q) =>
      q.query(
        `UPDATE ${this.table} SET sealed = $5
          WHERE tenant_id = $1 AND provider = $2 AND issuer = $3 AND redirect_uri = $4 AND sealed = $6`,
        [...keyOf(registration), this.keyring.seal(client, contextOf(registration)), before],
      ),
    );
  }

  private async register({ provider, server, redirectUri }: Registration) {
    const { client } = provider;
    if (client.kind !== 'dynamic') throw new Error(`${provider.name} has a client`);
    if (server.server.registration_endpoint === undefined)
      throw new ProviderError({ kind: 'unusable', mayHaveArrived: false }, 'the server registers no clients');
    try {
      const answer = await oauth.dynamicClientRegistrationRequest(
        server.server,
        {
          client_name: client.clientName,
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: authMethodFor(server.server),
          application_type: isLoopback(redirectUri) ? 'native' : 'web',
          ...(provider.scopes.length > 0 && {
            scope: [...provider.scopes, ...provider.optionalScopes].join(' '),
          }),
        },
        {
          ...requestOptions(this.outbound),
          ...(client.initialAccessToken !== null && { initialAccessToken: client.initialAccessToken }),
        },
      );
      return registered(await oauth.processDynamicClientRegistrationResponse(answer));
    } catch (error) {
      throw asProviderError(error);
    }
  }

  private async store(
    registration: Registration,
    client: OAuthClient,
    expiresAt: Date | null,
    overwrites: boolean,
  ): Promise<void> {
    await this.database.tenant(registration.tenantId, (q) =>
      q.query(
        `INSERT INTO ${this.table} AS t (tenant_id, provider, issuer, redirect_uri, sealed, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, provider, issuer, redirect_uri) DO UPDATE
           SET sealed = excluded.sealed, expires_at = excluded.expires_at, registered_at = clock_timestamp()
         WHERE $7 OR t.expires_at <= clock_timestamp() + interval '1 hour'`,
        [...keyOf(registration), this.keyring.seal(client, contextOf(registration)), expiresAt, overwrites],
      ),
    );
  }

  private get table(): string {
    return `${this.database.schema}.connection_clients`;
  }
}

const keyOf = ({ tenantId, provider, server, redirectUri }: Registration): string[] => [
  tenantId,
  provider.name,
  server.server.issuer,
  redirectUri,
];

const contextOf = (registration: Registration): string => `client/${keyOf(registration).join('/')}`;

const METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const;

/** RFC 8414: a server that names none knows client_secret_basic. */
const authMethodFor = (server: oauth.AuthorizationServer): OAuthClient['auth'] => {
  const supported = server.token_endpoint_auth_methods_supported;
  return METHODS.find((method) => supported?.includes(method) ?? true) ?? 'client_secret_basic';
};

const registered = (answer: oauth.Client): { client: OAuthClient; expiresAt: Date | null } => {
  const { client_id: id, client_secret: secret, client_secret_expires_at: expires } = answer;
  const told = answer.token_endpoint_auth_method;
  const auth = METHODS.find((method) => method === told) ?? 'client_secret_basic';
  if (auth !== 'none' && typeof secret !== 'string')
    throw new ProviderError({ kind: 'unusable', mayHaveArrived: true }, 'the registration gave no secret');
  return {
    client: { id, secret: typeof secret === 'string' ? secret : null, auth },
    expiresAt: typeof expires === 'number' && expires > 0 ? new Date(expires * 1000) : null,
  };
};

const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
