import {
  type AnswerOf,
  BatonError,
  type BegunConnection,
  type BodyOf,
  type connectionRequests,
  type RequestContext,
} from '@baton/contracts';
import { IDEMPOTENCY_KEEP_MS, type IdempotencyRecord } from '@baton/event-store';
import { newId } from '@baton/service';
import { generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';

import { askedScopes } from './asked-scopes.js';
import { type AuthorizationSecrets, authorizationContext } from './connection-secrets.js';
import { connectionDecider } from './connection.decider.js';
import type { ConnectionReads } from './connection.reads.js';
import type { ConnectionRepository } from './connection.repository.js';
import type { AuthorizationServers, ResolvedServer } from './oauth/authorization-servers.js';
import type { OAuthClient } from './oauth/oauth-client.js';
import type { RegisteredClients } from './oauth/registered-clients.js';
import type { TokenEndpointClient } from './oauth/token-endpoint.client.js';
import { PENDING_MS } from './pending-authorizations.js';
import { asProblem } from './provider-problem.js';
import type { Provider } from './provider/provider.js';
import type { ProviderRegistry } from './provider/provider-registry.js';
import type { TokenKeyring } from './token-keyring.js';

type Body = BodyOf<typeof connectionRequests.begin>;
type Answer = Promise<AnswerOf<typeof connectionRequests.begin>>;

/** What a begin and a completion both need. */
export interface ConnectionParts {
  readonly repository: ConnectionRepository;
  readonly reads: ConnectionReads;
  readonly providers: ProviderRegistry;
  readonly servers: AuthorizationServers;
  readonly clients: RegisteredClients;
  readonly oauth: TokenEndpointClient;
  readonly keyring: TokenKeyring;
  /** Of a state: what is stored of it opens nothing. */
  readonly hashState: (state: string) => string;
  readonly nowMs: () => number;
}

/** `POST /api/v1/connections`: where a person says yes, and what is kept until they have. */
export class BeginConnectionHandler {
  constructor(private readonly parts: ConnectionParts) {}

  async handle(ctx: RequestContext, body: Body): Answer {
    const { repository, keyring } = this.parts;
    keyring.requireKey();
    const provider = this.parts.providers.get(body.provider);
    if (provider.client.kind === 'missing')
      throw new BatonError(
        'unavailable',
        `${provider.name} can't be connected to: ${provider.client.variable} is not set`,
        { retryable: false },
      );
    // 1. Where to, as whom, and for what
    const server = await this.parts.servers.of(provider).catch(asProblem(provider.name));
    const scopes = askedScopes(provider, body.scopes, publishedScopes(server));
    const client = await this.clientFor(ctx.tenant_id, provider, server, body.redirect_uri);
    // 2. The address of the page, and what only we know of it
    const connection_id = newId('conn');
    const [state, verifier] = [generateRandomState(), generateRandomCodeVerifier()];
    const request = { provider, client, redirectUri: body.redirect_uri, scopes, state, verifier };
    const authorize_url = await this.parts.oauth
      .authorizeUrl(server, request)
      .catch(asProblem(provider.name));
    // 3. Append
    const nowMs = this.parts.nowMs();
    const pending_until = new Date(nowMs + PENDING_MS).toISOString();
    const before = { state: connectionDecider.initialState(), version: 0 };
    const caller = `${ctx.actor.type}:${ctx.actor.id}`;
    const secrets: AuthorizationSecrets = {
      verifier,
      redirectUri: body.redirect_uri,
      scopes,
      issuer: server.server.issuer,
      client: provider.client.kind === 'static' ? null : client,
    };
    const outcome = await repository.commit({
      tenantId: ctx.tenant_id,
      before,
      events: connectionDecider.decide(
        { type: 'RequestConnection', connection_id, provider: provider.name, scopes, pending_until },
        before.state,
      ),
      now: new Date(nowMs).toISOString(),
      actor: ctx.actor,
      idempotency: this.recorded(ctx, { connection_id, authorize_url }),
      rows: {
        connection_authorizations: [
          {
            tenant_id: ctx.tenant_id,
            connection_id,
            state_hash: this.parts.hashState(state),
            caller,
            sealed: keyring.seal(secrets, authorizationContext(ctx.tenant_id, connection_id, caller)),
            expires_at: pending_until,
          },
        ],
      },
    });
    // 4. Answer
    if (outcome.kind === 'replayed') return { result: this.earlier(ctx, outcome), replayed: true };
    if (outcome.kind !== 'committed') throw new BatonError('version-conflict', 'Try again');
    return { result: { connection_id, authorize_url }, replayed: false };
  }

  private async clientFor(
    tenantId: string,
    provider: Provider,
    server: ResolvedServer,
    redirectUri: string,
  ): Promise<OAuthClient> {
    if (provider.client.kind === 'static') return provider.client;
    return this.parts.clients.of({ tenantId, provider, server, redirectUri }).catch(asProblem(provider.name));
  }

  /** The address holds the state, so the record of it is sealed too. */
  private recorded({ tenant_id, idempotency }: RequestContext, answer: BegunConnection): IdempotencyRecord[] {
    if (!idempotency) return [];
    const scope = `key|${idempotency.route}|${idempotency.caller}|${idempotency.key}`;
    return [
      {
        scope,
        bodyHash: idempotency.body_hash,
        answer: { sealed: this.parts.keyring.seal(answer, answerContext(tenant_id, scope)) },
        keepMs: IDEMPOTENCY_KEEP_MS,
      },
    ];
  }

  private earlier(
    ctx: RequestContext,
    replayed: { readonly scope: string; readonly bodyHash: string; readonly answer: unknown },
  ): BegunConnection {
    if (replayed.bodyHash !== ctx.idempotency?.body_hash)
      throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
    const { sealed } = replayed.answer as { sealed: string };
    return this.parts.keyring.open(sealed, answerContext(ctx.tenant_id, replayed.scope));
  }
}

const answerContext = (tenantId: string, scope: string): string => `answer/${tenantId}/${scope}`;

const publishedScopes = ({ server }: ResolvedServer): readonly string[] =>
  (server.scopes_supported ?? []).filter((scope): scope is string => typeof scope === 'string');
