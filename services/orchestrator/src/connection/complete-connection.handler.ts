import {
  type Actor,
  BatonError,
  type BodyOf,
  type CompletedConnection,
  type connectionRequests,
  isBatonError,
} from '@baton/contracts';
import { SealError, withRetries } from '@baton/service';

import type { ConnectionParts } from './begin-connection.handler.js';
import type { ConnectionCommand } from './connection.commands.js';
import {
  authorizationContext,
  type AuthorizationSecrets,
  type ConnectionSecrets,
  tokenContext,
} from './connection-secrets.js';
import { connectionDecider } from './connection.decider.js';
import type { ResolvedServer } from './oauth/authorization-servers.js';
import type { GrantedTokens, OAuthClient } from './oauth/oauth-client.js';
import { ProviderError } from './oauth/provider-failure.js';
import type { PendingAuthorization, PendingAuthorizations } from './pending-authorizations.js';
import { asProblem } from './provider-problem.js';
import type { Provider } from './provider/provider.js';
import { lifetimeOf } from './token-lifetime.js';
import { tokenRow } from './token-vault.js';

type Body = BodyOf<typeof connectionRequests.complete>;

/** How long tokens that the provider has given are tried to be stored: nobody gives them a second time. */
const STORE_WITHIN_MS = 15_000;

/** Hears of answers that were no use, which the person is told of in fewer words. */
export interface CompletionObserver {
  refused(about: { readonly provider: string; readonly connectionId: string; readonly why: string }): void;
}

/** `GET /api/v1/oauth/callback`: the browser is back, with a code or with a no. */
export class CompleteConnectionHandler {
  constructor(
    private readonly parts: ConnectionParts,
    private readonly pending: PendingAuthorizations,
    private readonly observer: CompletionObserver,
  ) {}

  /**
   * @throws BatonError `validation-failed` where the state is none of ours, or was used; `unavailable` where the provider
   *   does not answer: the same link may then be tried again
   */
  async handle(body: Body): Promise<CompletedConnection> {
    // 1. Whose answer it is
    const authorization =
      body.state === undefined ? undefined : await this.pending.claim(this.parts.hashState(body.state));
    if (body.state === undefined || !authorization) throw notOurs();
    const { tenantId, connectionId } = authorization;
    const secrets = this.opened(authorization);
    const { state: known } = await this.parts.repository.load(tenantId, connectionId);
    const provider = known.status === 'PENDING' ? this.parts.providers.find(known.provider) : undefined;
    if (!provider) throw notOurs();
    // 2. The code for tokens
    const askedAtMs = this.parts.nowMs();
    const answer = { ...body, state: body.state };
    let granted: GrantedTokens;
    let server: ResolvedServer;
    try {
      server = await this.serverOf(provider, secrets);
      granted = await this.parts.oauth.exchange(server, clientOf(provider, secrets), answer, secrets);
    } catch (error) {
      return await this.failed(authorization, provider, error);
    }
    // 3. Append, with the tokens
    const isStored = await this.connect(authorization, secrets, granted, askedAtMs);
    if (!isStored) {
      await this.giveBack(server, clientOf(provider, secrets), granted);
      throw notOurs();
    }
    await this.pending.delete(tenantId, connectionId);
    return { provider: provider.name, outcome: 'connected' };
  }

  private opened({ tenantId, connectionId, caller, sealed }: PendingAuthorization): AuthorizationSecrets {
    try {
      return this.parts.keyring.open(sealed, authorizationContext(tenantId, connectionId, caller));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // A row of another tenant, or one that was changed.
      this.observer.refused({ provider: 'A provider', connectionId, why: error.message });
      throw notOurs();
    }
  }

  /** The issuer that was asked is the one whose answer is taken, whatever the metadata say by now. */
  private async serverOf(provider: Provider, { issuer }: AuthorizationSecrets): Promise<ResolvedServer> {
    const server = await this.parts.servers.of(provider);
    if (server.server.issuer !== issuer)
      throw new ProviderError(
        { kind: 'unusable', mayHaveArrived: false },
        'the issuer has changed meanwhile',
      );
    return server;
  }

  private async failed(
    authorization: PendingAuthorization,
    provider: Provider,
    error: unknown,
  ): Promise<CompletedConnection> {
    if (!(error instanceof ProviderError) || error.failure.kind === 'unavailable') {
      await this.pending.release(authorization);
      return asProblem(provider.name)(error);
    }
    const { failure } = error;
    const code = failure.kind === 'refused' ? failure.error : null;
    const reason = code === 'access_denied' ? 'denied' : 'refused';
    const { tenantId, connectionId } = authorization;
    if (reason === 'refused')
      this.observer.refused({ provider: provider.name, connectionId, why: error.message });
    await this.append(authorization, { type: 'Fail', reason, error: code });
    await this.pending.delete(tenantId, connectionId);
    return { provider: provider.name, outcome: reason };
  }

  /** @returns false where the connection was deleted while the provider was asked */
  private async connect(
    authorization: PendingAuthorization,
    { issuer, client }: AuthorizationSecrets,
    { accessToken, refreshToken, scopes, expiresInSeconds }: GrantedTokens,
    askedAtMs: number,
  ): Promise<boolean> {
    const { tenantId, connectionId } = authorization;
    const lifetime = lifetimeOf(expiresInSeconds, askedAtMs);
    const sealed = this.parts.keyring.seal(
      { accessToken, refreshToken, issuer, client } satisfies ConnectionSecrets,
      tokenContext(tenantId, connectionId),
    );
    const rows = { connection_tokens: [tokenRow(tenantId, connectionId, 1, sealed, lifetime)] };
    const command: ConnectionCommand = {
      type: 'Connect',
      scopes,
      renewable: refreshToken !== null,
      expires_at: lifetime.accessExpiresAt,
    };
    return withRetries(() => this.append(authorization, command, rows), {
      attempts: 20,
      withinMs: STORE_WITHIN_MS,
      firstMs: 250,
    });
  }

  /** @returns false where its state takes no such event any more */
  private async append(
    { tenantId, connectionId, caller }: PendingAuthorization,
    command: ConnectionCommand,
    rows: Readonly<Record<string, readonly Record<string, unknown>[]>> = {},
  ): Promise<boolean> {
    const before = await this.parts.repository.load(tenantId, connectionId);
    // An append that was committed and not heard of is found here by its retry.
    if (command.type === 'Connect' && before.state.status === 'CONNECTED') return true;
    try {
      const events = connectionDecider.decide(command, before.state);
      const now = new Date(this.parts.nowMs()).toISOString();
      const actor = actorOf(caller);
      const outcome = await this.parts.repository.commit({ tenantId, before, events, now, actor, rows });
      if (outcome.kind !== 'committed')
        throw new BatonError('version-conflict', 'The connection has changed');
      return true;
    } catch (error) {
      if (isBatonError(error, 'not-found') || isBatonError(error, 'invalid-transition')) return false;
      throw error;
    }
  }

  /** Tokens of a connection that was deleted while they were on their way: nobody is to have them. */
  private async giveBack(
    server: ResolvedServer,
    client: OAuthClient,
    { accessToken, refreshToken }: GrantedTokens,
  ): Promise<void> {
    try {
      if (refreshToken !== null) await this.parts.oauth.revoke(server, client, refreshToken, 'refresh_token');
      await this.parts.oauth.revoke(server, client, accessToken, 'access_token');
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }
}

/** A provider whose file was changed to another client meanwhile is asked as the one it has now. */
export const clientOf = (
  provider: Provider,
  { client }: { readonly client: OAuthClient | null },
): OAuthClient => {
  if (client) return client;
  if (provider.client.kind === 'static') return provider.client;
  throw new ProviderError(
    { kind: 'unusable', mayHaveArrived: false },
    'its file has no client any more that these tokens were made for',
  );
};

const actorOf = (caller: string): Actor => {
  const [type, ...id] = caller.split(':');
  return { type: type as Actor['type'], id: id.join(':') };
};

/** One answer for what never was, is over, was used or is being used: who guesses learns nothing. */
const notOurs = (): BatonError =>
  new BatonError(
    'validation-failed',
    'This link is not known, is older than ten minutes, or was used before',
    {
      errors: [{ path: 'state', message: 'is not one that is waited for' }],
    },
  );
