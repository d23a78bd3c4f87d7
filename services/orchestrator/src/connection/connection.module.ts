import { EventStore } from '@baton/event-store';
import {
  Clock,
  CONFIG,
  Database,
  deriveKey,
  Guards,
  isTrouble,
  keyedHash,
  Leases,
  Metrics,
  OutboundError,
  outboundFetch,
  OutboundGuard,
} from '@baton/service';
import { Logger, Module, type Provider as NestProvider } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { CONNECTION_STATE_LABEL } from '../key-labels.js';
import { BeginConnectionHandler, type ConnectionParts } from './begin-connection.handler.js';
import { CompleteConnectionHandler } from './complete-connection.handler.js';
import { CONNECTION_TOKENS } from './connection-tokens.port.js';
import { ConnectionController } from './connection.controller.js';
import { ConnectionReads } from './connection.reads.js';
import { ConnectionRepository } from './connection.repository.js';
import { DeleteConnectionHandler } from './delete-connection.handler.js';
import { AuthorizationServers, type OutboundOptions } from './oauth/authorization-servers.js';
import { guardedFetch } from './oauth/guarded-fetch.js';
import { providerFetch } from './oauth/provider-fetch.js';
import { RegisteredClients } from './oauth/registered-clients.js';
import { TokenEndpointClient } from './oauth/token-endpoint.client.js';
import { PendingAuthorizations } from './pending-authorizations.js';
import { ProviderList } from './provider-list.js';
import { ProviderRegistry } from './provider/provider-registry.js';
import { RefreshedTokens } from './refreshed-tokens.js';
import { TokenKeyring } from './token-keyring.js';
import { TokenRefresh } from './token-refresh.js';
import { TokenVault } from './token-vault.js';

const logger = new Logger('Connections');

/** How the outside is spoken to: through the guard of everything that goes out, and a breaker for each host. */
const OUTBOUND = Symbol('OUTBOUND');
const PARTS = Symbol('CONNECTION_PARTS');

const outbound: NestProvider = {
  provide: OUTBOUND,
  inject: [CONFIG, Guards],
  useFactory: (config: OrchestratorConfig, guards: Guards): OutboundOptions => {
    const allowed = config.BATON_HTTP_ALLOW ?? [];
    const family = guards.family('oauth', {
      limit: 32,
      queue: 128,
      patienceMs: 5000,
      breaker: {
        isFailure: (error) => (error instanceof OutboundError ? error.about.isTrouble : isTrouble(error)),
      },
    });
    return {
      allowed,
      fetch: guardedFetch(providerFetch(outboundFetch(new OutboundGuard(allowed)), allowed), family),
    };
  },
};

const registry: NestProvider = {
  provide: ProviderRegistry,
  inject: [CONFIG],
  // The names of variables stand in the providers' files, so that no schema can list them.
  useFactory: (config: OrchestratorConfig) =>
    ProviderRegistry.load(config.BATON_CONNECTIONS_DIR, process.env, {
      loaded: (file, { name, client }) => {
        logger.log(`${file}: ${name}`);
        if (client.kind === 'missing') logger.warn(`${file}: ${client.variable} is not set`);
      },
      refused: (file, errors) =>
        errors.forEach(({ line, column, path, message }) =>
          logger.error(`${file}:${line ?? 1}:${column ?? 1}: ${path}: ${message}`),
        ),
    }),
};

const keyring: NestProvider = {
  provide: TokenKeyring,
  inject: [CONFIG, ProviderRegistry],
  useFactory: ({ BATON_TOKEN_KEYS }: OrchestratorConfig, { names }: ProviderRegistry) => {
    if (BATON_TOKEN_KEYS.length === 0 && names.size > 0)
      logger.warn(
        'BATON_TOKEN_KEYS is not set: no connection can be made, since there is no key to seal tokens with',
      );
    return new TokenKeyring(BATON_TOKEN_KEYS);
  },
};

/** OAuth connections of tenants to the services of others, and the tokens that tools get of them. */
@Module({
  controllers: [ConnectionController],
  providers: [
    outbound,
    registry,
    keyring,
    {
      provide: ConnectionRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ConnectionRepository(store),
    },
    {
      provide: ConnectionReads,
      inject: [Database, Clock],
      useFactory: (database: Database, clock: Clock) => new ConnectionReads(database, () => clock.nowMs()),
    },
    ...[TokenVault, PendingAuthorizations].map((type) => ({
      provide: type,
      inject: [Database],
      useFactory: (database: Database) => new type(database),
    })),
    {
      provide: AuthorizationServers,
      inject: [OUTBOUND],
      useFactory: (options: OutboundOptions) => new AuthorizationServers(options),
    },
    {
      provide: TokenEndpointClient,
      inject: [OUTBOUND],
      useFactory: (options: OutboundOptions) => new TokenEndpointClient(options),
    },
    {
      provide: PARTS,
      inject: [
        ConnectionRepository,
        ConnectionReads,
        ProviderRegistry,
        AuthorizationServers,
        TokenEndpointClient,
        TokenKeyring,
        OUTBOUND,
        Database,
        CONFIG,
        Clock,
      ],
      useFactory: (
        repository: ConnectionRepository,
        reads: ConnectionReads,
        providers: ProviderRegistry,
        servers: AuthorizationServers,
        oauth: TokenEndpointClient,
        keys: TokenKeyring,
        options: OutboundOptions,
        database: Database,
        config: OrchestratorConfig,
        clock: Clock,
      ): ConnectionParts => {
        const stateKey = deriveKey(config.BATON_SECRET, CONNECTION_STATE_LABEL);
        return {
          repository,
          reads,
          providers,
          servers,
          oauth,
          keyring: keys,
          clients: new RegisteredClients(database, keys, options),
          hashState: (state) => keyedHash(stateKey, state),
          nowMs: () => clock.nowMs(),
        };
      },
    },
    {
      provide: ProviderList,
      inject: [PARTS],
      useFactory: (parts: ConnectionParts) => new ProviderList(parts),
    },
    {
      provide: BeginConnectionHandler,
      inject: [PARTS],
      useFactory: (parts: ConnectionParts) => new BeginConnectionHandler(parts),
    },
    {
      provide: CompleteConnectionHandler,
      inject: [PARTS, PendingAuthorizations],
      useFactory: (parts: ConnectionParts, pending: PendingAuthorizations) =>
        new CompleteConnectionHandler(parts, pending, {
          refused: ({ provider, connectionId, why }) =>
            logger.warn({ connection_id: connectionId }, `${provider} was not connected: ${why}`),
        }),
    },
    {
      provide: DeleteConnectionHandler,
      inject: [PARTS, TokenVault, PendingAuthorizations],
      useFactory: (parts: ConnectionParts, vault: TokenVault, pending: PendingAuthorizations) =>
        new DeleteConnectionHandler(
          { ...parts, vault, pending },
          {
            notRevoked: ({ connectionId, provider, error }) =>
              logger.warn(
                { connection_id: connectionId },
                `${provider} was not told that a connection is over: ${textOf(error)}`,
              ),
          },
        ),
    },
    {
      provide: CONNECTION_TOKENS,
      inject: [PARTS, TokenVault, Leases, Metrics],
      useFactory: (parts: ConnectionParts, vault: TokenVault, leases: Leases, metrics: Metrics) => {
        const refreshes = metrics.counter(
          'baton_connection_refreshes_total',
          'Renewals of OAuth tokens, by what came of them',
          ['outcome'],
        );
        return new RefreshedTokens(
          { ...parts, vault, leases, refresh: new TokenRefresh({ ...parts, vault }) },
          {
            refreshed: (outcome) => refreshes.inc({ outcome }),
            refreshFailed: ({ connectionId, provider, error }) =>
              logger.warn(
                { connection_id: connectionId },
                `The tokens of a connection to ${provider} were not renewed: ${textOf(error)}`,
              ),
          },
        );
      },
    },
  ],
  exports: [CONNECTION_TOKENS, ProviderRegistry],
})
export class ConnectionModule {}

/** The message alone: whatever hangs on an error of a library does not come into a log. */
const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'an unknown error');
