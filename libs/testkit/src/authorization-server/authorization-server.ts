import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Configuration, Provider } from 'oidc-provider';

import { knownSecrets } from '../secrets/known-secrets.js';
import { memoryAdapter } from './memory-adapter.js';

/** What its access tokens may be asked for. */
export const API_SCOPES = ['orders.read', 'orders.write'];

export interface AuthorizationServerOptions {
  /** Of clients that are set up; everybody else registers. */
  readonly redirectUris?: readonly string[];
  readonly accessTokenSeconds?: number;
}

export const STATIC_CLIENT = { id: 'baton-static', secret: 'static-client-secret-canary-7Q2' };

/** One request to the token endpoint, as the provider heard it. */
export interface TokenRequestHeard {
  readonly grant: string;
  /** Its no; null where it gave tokens. */
  readonly error: string | null;
}

/**
 * An OAuth 2.1 and OpenID Connect server that nobody here wrote (`oidc-provider`): PKCE, rotation of refresh tokens,
 * revocation, registration, resource indicators. Around it an API that takes its tokens and says by RFC 9728 who makes
 * them, and switches for what goes wrong.
 */
export class AuthorizationServer {
  /** Seconds of the access tokens that are made from now on. */
  accessTokenSeconds: number;
  /** Whether the person says no. */
  denies = false;
  /** Whether its next answers hold one. */
  givesRefreshTokens = true;
  /** Answers 503 to everything. */
  isDown = false;
  /** Does what the next requests for tokens ask, and hangs up instead of answering. */
  answersToLose = 0;
  /** Each request for tokens so far. */
  readonly heard: TokenRequestHeard[] = [];
  /** Every secret that went over its wire: tokens, client secrets. */
  readonly secrets = new Set<string>();
  /** Codes that it gave to browsers. */
  readonly codes = new Set<string>();
  /** Tokens that its API was called with. */
  readonly apiCalls: { readonly token: string; readonly status: number }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly provider: Provider,
    readonly issuer: string,
    accessTokenSeconds: number,
  ) {
    this.accessTokenSeconds = accessTokenSeconds;
  }

  static async start(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
    const { default: OidcProvider } = await import('oidc-provider');
    // The issuer is its own address, which is known once it listens.
    const pending: { self?: AuthorizationServer } = {};
    const server = createServer((request, response) => void pending.self?.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const self = (): AuthorizationServer => pending.self as AuthorizationServer;
    const provider = new OidcProvider(issuer, configurationFor(options, self));
    const started = new AuthorizationServer(server, provider, issuer, options.accessTokenSeconds ?? 3600);
    pending.self = started;
    provider.on('grant.success', ({ oidc }) => started.hear(oidc.params?.['grant_type'], null));
    provider.on('grant.error', ({ oidc }, error) => started.hear(oidc.params?.['grant_type'], error.error));
    return started;
  }

  /** `host:port`, for `BATON_HTTP_ALLOW`. */
  get host(): string {
    return new URL(this.issuer).host;
  }

  /** The API that its tokens are for. */
  get resource(): string {
    return `${this.issuer}/api`;
  }

  /** Requests for tokens by refresh that came so far. */
  get refreshes(): number {
    return this.heard.filter(({ grant }) => grant === 'refresh_token').length;
  }

  /** A person's browser: from the page that Baton named to the address that the provider sends it back to. */
  async browse(authorizeUrl: string): Promise<URL> {
    const jar = new Map<string, string>();
    let url = new URL(authorizeUrl);
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [pair = ''] = set.split(';', 1);
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(
          `${url.pathname} answered ${response.status}: ${(await response.text()).slice(0, 500)}`,
        );
      url = new URL(location, url);
      if (url.origin !== this.issuer) {
        const code = url.searchParams.get('code');
        if (code !== null) this.codes.add(code);
        return url;
      }
    }
    throw new Error('The provider sends the browser in circles');
  }

  async isActive(token: string): Promise<boolean> {
    return (await this.provider.AccessToken.find(token)) !== undefined;
  }

  /** Ends a token at the provider, of either kind, as an administrator there would. */
  async forget(token: string): Promise<void> {
    await (await this.provider.RefreshToken.find(token))?.destroy();
    await (await this.provider.AccessToken.find(token))?.destroy();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.issuer);
    if (this.isDown) {
      response.writeHead(503, { 'retry-after': '7' }).end();
    } else if (pathname === '/.well-known/oauth-protected-resource/api') {
      sendJson(response, 200, { resource: this.resource, authorization_servers: [this.issuer] });
    } else if (pathname.startsWith('/api')) {
      await this.answerApi(request, response);
    } else if (pathname.startsWith('/approve/')) {
      await this.approve(request, response);
    } else {
      if (pathname === '/token' || pathname === '/reg') this.listen(pathname, response);
      await this.provider.callback()(request, response);
    }
  }

  private hear(grant: unknown, error: string | null): void {
    this.heard.push({ grant: String(grant), error });
  }

  /** Reads along with an answer that holds secrets, and loses it where it is told to. */
  private listen(pathname: string, response: ServerResponse): void {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    response.end = ((...args: unknown[]) => {
      const [body] = args;
      const text = Buffer.isBuffer(body) || typeof body === 'string' ? body.toString() : '';
      for (const name of [
        'access_token',
        'refresh_token',
        'id_token',
        'client_secret',
        'registration_access_token',
      ]) {
        const [, value] = new RegExp(`"${name}":"([^"]+)"`).exec(text) ?? [];
        if (value === undefined) continue;
        this.secrets.add(value);
        knownSecrets.add(`${name} of an OAuth server`, value);
      }
      if (pathname === '/token' && this.answersToLose > 0) {
        this.answersToLose -= 1;
        response.destroy();
        return response;
      }
      return end(...args);
    }) as typeof response.end;
  }

  private async answerApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const hasKey = request.headers['x-api-key'] !== undefined;
    const status = hasKey || (token !== '' && (await this.isActive(token))) ? 200 : 401;
    this.apiCalls.push({ token, status });
    // An API as there are some: it says back what it was sent.
    const seen = { authorization: request.headers.authorization, 'x-api-key': request.headers['x-api-key'] };
    const orders = [{ order_id: '7001', status: 'on its way' }];
    sendJson(response, status, status === 200 ? { orders, seen } : { error: 'invalid_token', seen });
  }

  /** The person's click, without the page. */
  private async approve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { provider } = this;
    const { prompt, params, grantId } = await provider.interactionDetails(request, response);
    const options = { mergeWithLastSubmission: true };
    if (this.denies)
      return provider.interactionFinished(
        request,
        response,
        { error: 'access_denied' },
        { mergeWithLastSubmission: false },
      );
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: 'ana' } }, options);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: 'ana', clientId: String(params['client_id']) });
    const scope = typeof params['scope'] === 'string' ? params['scope'] : '';
    grant.addOIDCScope(scope);
    grant.addResourceScope(this.resource, scope);
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      options,
    );
  }
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const configurationFor = (
  { redirectUris = [] }: AuthorizationServerOptions,
  self: () => AuthorizationServer,
): Configuration => ({
  adapter: memoryAdapter(),
  jwks: { keys: [signingKey()] },
  clients:
    redirectUris.length === 0
      ? []
      : [
          {
            client_id: STATIC_CLIENT.id,
            client_secret: STATIC_CLIENT.secret,
            redirect_uris: [...redirectUris],
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            application_type: 'native',
          },
        ],
  scopes: ['openid', 'offline_access', ...API_SCOPES],
  clientDefaults: { grant_types: ['authorization_code', 'refresh_token'] },
  cookies: { keys: ['a key of the test server'] },
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_ctx, { uid }) => `/approve/${uid}` },
  features: {
    devInteractions: { enabled: false },
    revocation: { enabled: true, allowedPolicy: () => Promise.resolve(true) },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `${self().issuer}/api`,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: API_SCOPES.join(' '),
        accessTokenTTL: self().accessTokenSeconds,
        accessTokenFormat: 'opaque',
      }),
    },
  },
  issueRefreshToken: () => Promise.resolve(self().givesRefreshTokens),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: {
    AccessToken: () => self().accessTokenSeconds,
    RefreshToken: 86_400,
    Session: 3600,
    Interaction: 600,
    Grant: 86_400,
    IdToken: 3600,
  },
});

const signingKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: 'test',
  alg: 'RS256',
  use: 'sig',
});
