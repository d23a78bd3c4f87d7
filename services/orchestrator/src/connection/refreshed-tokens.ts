import { type Leases } from '@baton/service';

import { ToolError } from '../tool/tool.js';
import { type ConnectionSecrets, tokenContext } from './connection-secrets.js';
import { AccessToken, type ConnectionTokens, type TokenRequest } from './connection-tokens.port.js';
import type { ConnectionReads, LiveConnection } from './connection.reads.js';
import { ProviderError } from './oauth/provider-failure.js';
import type { Provider } from './provider/provider.js';
import type { ProviderRegistry } from './provider/provider-registry.js';
import { ReconnectNeededError } from './reconnect-needed.error.js';
import type { TokenKeyring } from './token-keyring.js';
import type { TokenRefresh } from './token-refresh.js';
import type { HeldTokens, TokenVault } from './token-vault.js';

/** How long a call waits for another's refresh: longer than the provider may take. */
const WAIT_MS = 15_000;
const LOOK_EVERY_MS = 100;
const LEASE_MS = 10_000;

/** Hears what became of refreshes. */
export interface RefreshObserver {
  refreshed(outcome: 'renewed' | 'expired' | 'failed'): void;
  refreshFailed(about: {
    readonly connectionId: string;
    readonly provider: string;
    readonly error: unknown;
  }): void;
}

interface Wanted {
  readonly tenantId: string;
  readonly provider: Provider;
  readonly connection: LiveConnection;
  readonly rejected: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Access tokens of connections, renewed before they end; who asks at the same time shares one renewal. */
export class RefreshedTokens implements ConnectionTokens {
  private readonly underWay = new Map<string, Promise<'renewed' | 'busy' | 'expired'>>();

  constructor(
    private readonly parts: {
      readonly reads: ConnectionReads;
      readonly vault: TokenVault;
      readonly providers: ProviderRegistry;
      readonly refresh: TokenRefresh;
      readonly keyring: TokenKeyring;
      /** Saves the look at the row while another replica is at it; the row's claim is what decides. */
      readonly leases: Pick<Leases, 'with'>;
      readonly nowMs: () => number;
    },
    private readonly observer: RefreshObserver,
  ) {}

  get providers(): ReadonlySet<string> {
    return this.parts.providers.names;
  }

  async isConnected(tenantId: string, provider: string): Promise<boolean> {
    return (await this.parts.reads.liveProviders(tenantId)).has(provider);
  }

  async accessToken(request: TokenRequest): Promise<AccessToken> {
    const { tenantId, rejected, signal } = request;
    const provider = this.parts.providers.find(request.provider);
    if (!provider)
      throw new ToolError('connection-unavailable', `There is no provider "${request.provider}" here`);
    const connection = await this.connectionFor(request);
    const until = performance.now() + WAIT_MS;
    const wanted: Wanted = {
      tenantId,
      provider,
      connection,
      rejected: rejected?.connectionId === connection.connection_id ? rejected.secret : undefined,
      signal,
    };
    for (let renewals = 0; ;) {
      const held = await this.parts.vault.read(tenantId, connection.connection_id);
      if (!held) throw expired(provider.name, connection.connection_id);
      const secrets = await this.opened(wanted, held);
      const isRefused = secrets.accessToken === wanted.rejected;
      // However short the life of a new token is, it is the one there is.
      if (!isRefused && (renewals > 0 || this.isFresh(held, secrets)))
        return tokenOf(connection, held, secrets);
      if (renewals > 0) throw unavailable(provider.name);
      const outcome = await this.renewed(wanted, held);
      if (outcome === 'expired') throw expired(provider.name, connection.connection_id);
      if (outcome === 'renewed') {
        renewals += 1;
        continue;
      }
      // Busy or failed: what is still good for a moment is taken as it is.
      if (!isRefused && !this.isOver(held)) return tokenOf(connection, held, secrets);
      if (outcome === 'failed' || performance.now() > until) throw unavailable(provider.name);
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** The newest live one that was granted what the call needs. */
  private async connectionFor({ tenantId, provider, scopes = [] }: TokenRequest): Promise<LiveConnection> {
    const live = await this.parts.reads.live(tenantId, provider);
    const found = live.find((connection) => scopes.every((scope) => connection.scopes.includes(scope)));
    if (found) return found;
    const [newest] = live;
    if (newest) {
      const missing = scopes.filter((scope) => !newest.scopes.includes(scope));
      throw new ReconnectNeededError(
        'missing-scope',
        provider,
        newest.connection_id,
        `The connection to ${provider} was not granted ${missing.join(' ')}: somebody has to connect it again`,
      );
    }
    const over = await this.parts.reads.newestExpired(tenantId, provider);
    if (over !== undefined) throw expired(provider, over);
    throw new ReconnectNeededError(
      'not-connected',
      provider,
      null,
      `There is no connection to ${provider}: somebody has to connect it first`,
    );
  }

  /** Opened, and sealed with the newest key where it was with an older one. */
  private async opened(
    { tenantId, provider, connection: { connection_id } }: Wanted,
    { sealed, version, isClaimed }: HeldTokens,
  ): Promise<ConnectionSecrets> {
    const { keyring, vault } = this.parts;
    const context = tokenContext(tenantId, connection_id);
    try {
      const secrets = keyring.open<ConnectionSecrets>(sealed, context);
      if (keyring.isOutdated(sealed) && !isClaimed)
        await vault.reseal(tenantId, connection_id, version, keyring.seal(secrets, context));
      return secrets;
    } catch (error) {
      this.observer.refreshFailed({ connectionId: connection_id, provider: provider.name, error });
      throw unavailable(provider.name);
    }
  }

  private isFresh(held: HeldTokens, { refreshToken }: ConnectionSecrets): boolean {
    if (refreshToken === null) return !this.isOver(held);
    return held.refreshAtMs === null || held.refreshAtMs > this.parts.nowMs();
  }

  private isOver({ accessExpiresAtMs }: HeldTokens): boolean {
    return accessExpiresAtMs !== null && accessExpiresAtMs <= this.parts.nowMs();
  }

  /** One renewal at a time in this process, and mostly one in all of them. */
  private async renewed(
    wanted: Wanted,
    held: HeldTokens,
  ): Promise<'renewed' | 'busy' | 'expired' | 'failed'> {
    const { tenantId, provider, connection } = wanted;
    if (held.isClaimed) return 'busy';
    const key = `${tenantId}/${connection.connection_id}`;
    const joined = this.underWay.get(key);
    if (joined) return joined.catch(() => 'failed' as const);
    const work = this.leased(wanted).finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    try {
      const outcome = await work;
      if (outcome !== 'busy') this.observer.refreshed(outcome);
      return outcome;
    } catch (error) {
      this.observer.refreshed('failed');
      this.observer.refreshFailed({
        connectionId: connection.connection_id,
        provider: provider.name,
        error,
      });
      if (error instanceof ProviderError) return 'failed';
      throw error;
    }
  }

  private async leased({
    tenantId,
    provider,
    connection,
    rejected,
  }: Wanted): Promise<'renewed' | 'busy' | 'expired'> {
    const { connection_id: connectionId, scopes } = connection;
    const lease = await this.parts.leases.with(
      `connection-refresh/${tenantId}/${connectionId}`,
      LEASE_MS,
      () => this.parts.refresh.refresh({ tenantId, connectionId, provider, scopes, rejected }),
    );
    return lease.held ? lease.value : 'busy';
  }
}

const tokenOf = (
  { connection_id }: LiveConnection,
  { accessExpiresAtMs }: HeldTokens,
  { accessToken }: ConnectionSecrets,
): AccessToken => new AccessToken(connection_id, accessToken, accessExpiresAtMs);

const expired = (provider: string, connectionId: string): ReconnectNeededError =>
  new ReconnectNeededError(
    'connection-expired',
    provider,
    connectionId,
    `The connection to ${provider} has expired and can't be renewed: somebody has to connect it again`,
  );

const unavailable = (provider: string): ToolError =>
  new ToolError('connection-unavailable', `${provider} gives no access token at the moment`, true);
