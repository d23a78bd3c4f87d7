import { randomUUID } from 'node:crypto';

import { BatonError, type RequestContext } from '@baton/contracts';

import { clientOf } from './complete-connection.handler.js';
import { type ConnectionSecrets, tokenContext } from './connection-secrets.js';
import type { ConnectionCommand } from './connection.commands.js';
import { connectionDecider, noSuchConnection } from './connection.decider.js';
import type { ConnectionRepository, LoadedConnection } from './connection.repository.js';
import type { KnownConnection } from './connection.state.js';
import type { AuthorizationServers } from './oauth/authorization-servers.js';
import type { TokenEndpointClient } from './oauth/token-endpoint.client.js';
import type { PendingAuthorizations } from './pending-authorizations.js';
import type { ProviderRegistry } from './provider/provider-registry.js';
import type { TokenKeyring } from './token-keyring.js';
import { type ClaimedTokens, tokenRow, type TokenVault } from './token-vault.js';

type AtProvider = (ConnectionCommand & { type: 'Revoke' })['at_provider'];

/** How often a refresh that is under way is looked at: its end must be known before the tokens can be revoked. */
const LOOK_EVERY_MS = 200;

/** Hears of what the provider was not told. */
export interface RevocationObserver {
  notRevoked(about: {
    readonly connectionId: string;
    readonly provider: string;
    readonly error: unknown;
  }): void;
}

/** `DELETE /api/v1/connections/{id}`: the provider is told (RFC 7009), the tokens are gone here in any case. */
export class DeleteConnectionHandler {
  constructor(
    private readonly parts: {
      readonly repository: ConnectionRepository;
      readonly vault: TokenVault;
      readonly pending: PendingAuthorizations;
      readonly providers: ProviderRegistry;
      readonly servers: AuthorizationServers;
      readonly oauth: TokenEndpointClient;
      readonly keyring: TokenKeyring;
      readonly nowMs: () => number;
    },
    private readonly observer: RevocationObserver,
  ) {}

  /** @throws BatonError `not-found` */
  async handle(ctx: RequestContext, connectionId: string, deadline: number): Promise<void> {
    const { tenant_id: tenantId } = ctx;
    // 1. Load; from here on nobody renews the tokens
    const known = knownOf(await this.parts.repository.load(tenantId, connectionId));
    const claimed = await this.claim(tenantId, connectionId, deadline);
    // 2. Tell the provider
    const at_provider = claimed ? await this.revoke(tenantId, known, claimed) : 'nothing_to_revoke';
    // 3. Append; the tokens go with it
    await this.append(ctx, connectionId, at_provider, claimed);
    await this.parts.pending.delete(tenantId, connectionId);
  }

  private async claim(
    tenantId: string,
    connectionId: string,
    deadline: number,
  ): Promise<ClaimedTokens | undefined> {
    for (;;) {
      const claimed = await this.parts.vault.claim(tenantId, connectionId, randomUUID());
      if (claimed || !(await this.parts.vault.read(tenantId, connectionId))) return claimed;
      if (this.parts.nowMs() + LOOK_EVERY_MS > deadline)
        throw new BatonError('unavailable', 'Its tokens are being renewed; try again', {
          retryAfterMs: 5000,
        });
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** The refresh token first: most providers end all that came of it. */
  private async revoke(
    tenantId: string,
    { connection_id, provider: name }: KnownConnection,
    claimed: ClaimedTokens,
  ): Promise<AtProvider> {
    try {
      const secrets = this.parts.keyring.open<ConnectionSecrets>(
        claimed.sealed,
        tokenContext(tenantId, connection_id),
      );
      const provider = this.parts.providers.get(name);
      const server = await this.parts.servers.of(provider);
      if (server.server.issuer !== secrets.issuer) return 'failed';
      const client = clientOf(provider, secrets);
      const { accessToken, refreshToken } = secrets;
      if (refreshToken !== null) await this.parts.oauth.revoke(server, client, refreshToken, 'refresh_token');
      const isOffered = await this.parts.oauth.revoke(server, client, accessToken, 'access_token');
      return isOffered ? 'revoked' : 'not_offered';
    } catch (error) {
      this.observer.notRevoked({ connectionId: connection_id, provider: name, error });
      return 'failed';
    }
  }

  private async append(
    { tenant_id: tenantId, actor }: RequestContext,
    connectionId: string,
    at_provider: AtProvider,
    claimed: ClaimedTokens | undefined,
  ): Promise<void> {
    const before = await this.parts.repository.load(tenantId, connectionId);
    const outcome = await this.parts.repository.commit({
      tenantId,
      before,
      events: connectionDecider.decide({ type: 'Revoke', at_provider }, before.state),
      now: new Date(this.parts.nowMs()).toISOString(),
      actor,
      ...(claimed && {
        rows: { connection_tokens: [tokenRow(tenantId, connectionId, claimed.version + 1, null)] },
      }),
    });
    if (outcome.kind !== 'committed')
      throw new BatonError('version-conflict', 'The connection has changed; try again', {
        retryAfterMs: 1000,
      });
  }
}

const knownOf = ({ state }: LoadedConnection): KnownConnection => {
  if (state.status === 'NONE' || state.status === 'REVOKED') throw noSuchConnection();
  return state;
};
