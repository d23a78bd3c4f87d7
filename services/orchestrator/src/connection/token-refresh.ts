import { randomUUID } from 'node:crypto';

import { BatonError, isBatonError, SYSTEM_ACTOR } from '@baton/contracts';
import { withRetries } from '@baton/service';

import { clientOf } from './complete-connection.handler.js';
import { type ConnectionSecrets, tokenContext } from './connection-secrets.js';
import type { ConnectionCommand } from './connection.commands.js';
import { connectionDecider } from './connection.decider.js';
import type { ConnectionRepository } from './connection.repository.js';
import type { AuthorizationServers } from './oauth/authorization-servers.js';
import type { GrantedTokens } from './oauth/oauth-client.js';
import { ProviderError } from './oauth/provider-failure.js';
import type { TokenEndpointClient } from './oauth/token-endpoint.client.js';
import type { Provider } from './provider/provider.js';
import type { TokenKeyring } from './token-keyring.js';
import { lifetimeOf } from './token-lifetime.js';
import { CLAIM_STALE_MS, type ClaimedTokens, tokenRow, type TokenVault } from './token-vault.js';

/** A claim that was got longer ago sends nothing any more: the process stood still, and another may have taken it over. */
const SEND_WITHIN_MS = 5_000;
/** Tokens that were given and not stored are lost: it is tried for as long as nobody else may take the claim. */
const STORE_WITHIN_MS = CLAIM_STALE_MS - 15_000;

export interface RefreshedConnection {
  readonly tenantId: string;
  readonly connectionId: string;
  readonly provider: Provider;
  readonly scopes: readonly string[];
  /** An access token that is no good though its time is not over. */
  readonly rejected?: string | undefined;
}

export type RefreshOutcome =
  /** There are other tokens now, or there were already. */
  | 'renewed'
  /** Another is at it. */
  | 'busy'
  /** It is over for good, and the log says so. */
  | 'expired';

/** Spends refresh tokens, each once: one row has one claim, and only who holds it sends. */
export class TokenRefresh {
  constructor(
    private readonly parts: {
      readonly repository: ConnectionRepository;
      readonly vault: TokenVault;
      readonly servers: AuthorizationServers;
      readonly oauth: TokenEndpointClient;
      readonly keyring: TokenKeyring;
      readonly nowMs: () => number;
    },
  ) {}

  /** @throws ProviderError where nothing came of it and another try may mend that; BatonError of the database */
  async refresh(connection: RefreshedConnection): Promise<RefreshOutcome> {
    const { tenantId, connectionId } = connection;
    // 1. Claim
    const claimed = await this.parts.vault.claim(tenantId, connectionId, randomUUID());
    if (!claimed) return 'busy';
    const claimedAt = performance.now();
    const secrets = await this.opened(connection, claimed);
    if (!this.isDue(connection, claimed, secrets)) {
      await this.release(connection, claimed, claimed.mayBeSpent);
      return 'renewed';
    }
    if (secrets.refreshToken === null) return this.expire(connection, claimed, 'no_refresh_token', null);
    // 2. Send
    const askedAtMs = this.parts.nowMs();
    let granted: GrantedTokens;
    try {
      granted = await this.send(connection, secrets, secrets.refreshToken, claimedAt);
    } catch (error) {
      return this.failed(connection, claimed, error);
    }
    // 3. Store
    await this.store(connection, claimed, secrets, granted, askedAtMs);
    return 'renewed';
  }

  private async opened(connection: RefreshedConnection, claimed: ClaimedTokens): Promise<ConnectionSecrets> {
    const { tenantId, connectionId } = connection;
    try {
      return this.parts.keyring.open(claimed.sealed, tokenContext(tenantId, connectionId));
    } catch (error) {
      await this.release(connection, claimed, claimed.mayBeSpent);
      throw error;
    }
  }

  /** Between the look that led here and the claim another may have renewed them. */
  private isDue(
    { rejected }: RefreshedConnection,
    { accessExpiresAtMs, refreshAtMs }: ClaimedTokens,
    { accessToken, refreshToken }: ConnectionSecrets,
  ): boolean {
    if (rejected !== undefined) return accessToken === rejected;
    const dueAtMs = refreshToken === null ? accessExpiresAtMs : refreshAtMs;
    return dueAtMs !== null && dueAtMs <= this.parts.nowMs();
  }

  private async send(
    { provider, scopes }: RefreshedConnection,
    secrets: ConnectionSecrets,
    refreshToken: string,
    claimedAt: number,
  ): Promise<GrantedTokens> {
    const server = await this.parts.servers.of(provider);
    // Whoever can change what the API says of itself must not be sent the refresh token.
    if (server.server.issuer !== secrets.issuer)
      throw unusable('the issuer is not the one that gave the tokens');
    if (performance.now() - claimedAt > SEND_WITHIN_MS) throw unusable('it took too long to get there');
    return this.parts.oauth.refresh(server, clientOf(provider, secrets), refreshToken, scopes);
  }

  private async failed(
    connection: RefreshedConnection,
    claimed: ClaimedTokens,
    error: unknown,
  ): Promise<RefreshOutcome> {
    if (!(error instanceof ProviderError)) {
      await this.release(connection, claimed, true);
      throw error;
    }
    const { failure } = error;
    const isOver = failure.kind === 'refused' && isForGood(failure.error, connection.provider);
    if (isOver) {
      const reason = claimed.mayBeSpent ? 'refresh_lost' : 'refresh_refused';
      return this.expire(connection, claimed, reason, failure.error);
    }
    const mayBeSpent = claimed.mayBeSpent || (failure.kind !== 'refused' && failure.mayHaveArrived);
    await this.release(connection, claimed, mayBeSpent);
    throw error;
  }

  private async store(
    { tenantId, connectionId }: RefreshedConnection,
    { claim }: ClaimedTokens,
    secrets: ConnectionSecrets,
    granted: GrantedTokens,
    askedAtMs: number,
  ): Promise<void> {
    const { accessToken, refreshToken, expiresInSeconds } = granted;
    const renewed: ConnectionSecrets = { ...secrets, accessToken, refreshToken };
    const sealed = this.parts.keyring.seal(renewed, tokenContext(tenantId, connectionId));
    const lifetime = lifetimeOf(expiresInSeconds, askedAtMs);
    await withRetries(() => this.parts.vault.settle(tenantId, connectionId, claim, sealed, lifetime), {
      attempts: 20,
      withinMs: STORE_WITHIN_MS,
      firstMs: 250,
    });
  }

  private async expire(
    connection: RefreshedConnection,
    claimed: ClaimedTokens,
    reason: (ConnectionCommand & { type: 'Expire' })['reason'],
    error: string | null,
  ): Promise<RefreshOutcome> {
    const { tenantId, connectionId } = connection;
    const before = await this.parts.repository.load(tenantId, connectionId);
    try {
      const events = connectionDecider.decide({ type: 'Expire', reason, error }, before.state);
      const now = new Date(this.parts.nowMs()).toISOString();
      // Tokens that are over are no use to anybody but a thief.
      const rows = { connection_tokens: [tokenRow(tenantId, connectionId, claimed.version + 1, null)] };
      const commit = { tenantId, before, events, now, actor: SYSTEM_ACTOR, rows };
      const outcome = await this.parts.repository.commit(commit);
      if (outcome.kind !== 'committed')
        throw new BatonError('version-conflict', 'The connection has changed');
    } catch (failure) {
      // Deleted meanwhile: what is not there can't expire.
      if (!isBatonError(failure, 'not-found')) throw failure;
    }
    return 'expired';
  }

  private release(
    { tenantId, connectionId }: RefreshedConnection,
    { claim }: ClaimedTokens,
    mayBeSpent: boolean,
  ): Promise<void> {
    return this.parts.vault.release(tenantId, connectionId, claim, mayBeSpent);
  }
}

/** A client that the operator set up wrongly can be set right; one that the provider forgot can't. */
const isForGood = (error: string, { client }: Provider): boolean =>
  error !== 'invalid_client' && error !== 'unauthorized_client' ? true : client.kind === 'dynamic';

const unusable = (what: string): ProviderError =>
  new ProviderError({ kind: 'unusable', mayHaveArrived: false }, what);
