import * as oauth from 'oauth4webapi';

import type { Provider, ProviderEndpoints } from '../provider/provider.js';
import { asProviderError, ProviderError } from './provider-failure.js';
import { isTlsOrAllowed } from './provider-fetch.js';

/** An authorization server as it is used: its metadata were looked at. */
export interface ResolvedServer {
  readonly server: oauth.AuthorizationServer;
  /** The resource indicator (RFC 8707); null where the provider has none. */
  readonly resource: string | null;
}

export interface OutboundOptions {
  readonly fetch: typeof fetch;
  /** `host:port` that may be spoken to without TLS. */
  readonly allowed: readonly string[];
}

const FRESH_MS = 60 * 60 * 1000;
/** While the provider is down, what it said before is better than nothing. */
const STALE_MS = 24 * FRESH_MS;

/**
 * Where a provider's tokens come from: RFC 9728 from the API to its server, RFC 8414 (or OpenID Connect Discovery) from
 * the server to its endpoints. All of it is a stranger's word: https only, and nothing that leads into a private network.
 */
export class AuthorizationServers {
  private readonly known = new Map<string, { readonly resolved: ResolvedServer; readonly at: number }>();
  private readonly underWay = new Map<string, Promise<ResolvedServer>>();

  constructor(
    private readonly outbound: OutboundOptions,
    private readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** @throws ProviderError */
  async of(provider: Provider): Promise<ResolvedServer> {
    const known = this.known.get(provider.name);
    if (known && this.elapsed() - known.at < FRESH_MS) return known.resolved;
    try {
      return await this.once(provider);
    } catch (error) {
      const isDown = error instanceof ProviderError && error.failure.kind === 'unavailable';
      if (isDown && known && this.elapsed() - known.at < STALE_MS) return known.resolved;
      throw error;
    }
  }

  private once(provider: Provider): Promise<ResolvedServer> {
    const underWay = this.underWay.get(provider.name);
    if (underWay) return underWay;
    const work = this.resolve(provider)
      .catch((error: unknown) => {
        throw asProviderError(error);
      })
      .then((resolved) => {
        this.known.set(provider.name, { resolved, at: this.elapsed() });
        return resolved;
      })
      .finally(() => this.underWay.delete(provider.name));
    this.underWay.set(provider.name, work);
    return work;
  }

  private async resolve(provider: Provider): Promise<ResolvedServer> {
    const { resource, endpoints } = provider;
    if (endpoints) return { server: this.checked(fromEndpoints(endpoints, provider.issuer)), resource };
    const issuer = provider.issuer ?? (await this.issuerOf(resource as string));
    return { server: this.checked(await this.metadataOf(new URL(issuer))), resource };
  }

  /** RFC 9728: the API says who makes its tokens. */
  private async issuerOf(resource: string): Promise<string> {
    const url = new URL(resource);
    const answer = await oauth.resourceDiscoveryRequest(url, this.options);
    const { authorization_servers } = await oauth.processResourceDiscoveryResponse(url, answer);
    const [issuer] = authorization_servers ?? [];
    if (typeof issuer !== 'string' || !URL.canParse(issuer))
      throw unusable('the metadata of the resource name no authorization server');
    return issuer;
  }

  /** RFC 8414 first; servers that only know OpenID Connect have their document at the other place. */
  private async metadataOf(issuer: URL): Promise<oauth.AuthorizationServer> {
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const answer = await oauth.discoveryRequest(issuer, { ...this.options, algorithm });
      if (algorithm === 'oauth2' && answer.status >= 400 && answer.status < 500) continue;
      return oauth.processDiscoveryResponse(issuer, answer);
    }
    throw unusable('the issuer publishes no metadata');
  }

  private checked(server: oauth.AuthorizationServer): oauth.AuthorizationServer {
    for (const name of ENDPOINTS) {
      const text = server[name];
      if (text === undefined) continue;
      const url = typeof text === 'string' ? URL.parse(text) : null;
      if (!url || !isTlsOrAllowed(url, this.outbound.allowed))
        throw unusable(`the ${name} of the metadata is no https URL`);
    }
    for (const name of ['authorization_endpoint', 'token_endpoint'] as const)
      if (server[name] === undefined) throw unusable(`the metadata name no ${name}`);
    const methods = server.code_challenge_methods_supported;
    if (methods !== undefined && !(Array.isArray(methods) && methods.includes('S256')))
      throw unusable('the server does not know PKCE with S256');
    return server;
  }

  private get options(): oauth.HttpRequestOptions<'GET'> {
    return requestOptions(this.outbound);
  }
}

/** Whether a URL may go without TLS is decided by our fetch, host by host. */
export const requestOptions = ({ fetch: send }: OutboundOptions) => ({
  [oauth.customFetch]: (url: string, init: object) => send(url, init),
  [oauth.allowInsecureRequests]: true,
});

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'registration_endpoint',
  'pushed_authorization_request_endpoint',
] as const;

const fromEndpoints = (endpoints: ProviderEndpoints, issuer: string | null): oauth.AuthorizationServer => ({
  issuer: issuer ?? new URL(endpoints.authorization).origin,
  authorization_endpoint: endpoints.authorization,
  token_endpoint: endpoints.token,
  ...(endpoints.revocation !== null && { revocation_endpoint: endpoints.revocation }),
});

const unusable = (what: string): ProviderError =>
  new ProviderError({ kind: 'unusable', mayHaveArrived: false }, what);
