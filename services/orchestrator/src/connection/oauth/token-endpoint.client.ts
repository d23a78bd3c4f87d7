import * as oauth from 'oauth4webapi';

import type { Provider } from '../provider/provider.js';
import { type OutboundOptions, requestOptions, type ResolvedServer } from './authorization-servers.js';
import type { GrantedTokens, OAuthClient } from './oauth-client.js';
import { asProviderError } from './provider-failure.js';

export interface AuthorizationRequest {
  readonly provider: Provider;
  readonly client: OAuthClient;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly verifier: string;
}

/** What the browser brought back. */
export interface AuthorizationAnswer {
  readonly state: string;
  readonly code?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** Speaks to authorization servers: each call one question; all that goes wrong is a {@link ProviderError}. */
export class TokenEndpointClient {
  constructor(private readonly outbound: OutboundOptions) {}

  /** Where the person says yes or no: PKCE with S256, and pushed (RFC 9126) where the server insists. */
  async authorizeUrl({ server, resource }: ResolvedServer, request: AuthorizationRequest): Promise<string> {
    const { provider, client, redirectUri, scopes, state, verifier } = request;
    const parameters = new URLSearchParams({
      ...provider.authorizeParams,
      client_id: client.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(resource !== null && { resource }),
    });
    const url = new URL(server.authorization_endpoint as string);
    if (server.require_pushed_authorization_requests !== true) {
      for (const [name, value] of parameters) url.searchParams.set(name, value);
      return url.href;
    }
    const { request_uri } = await this.asked(async () => {
      const [known, auth] = clientOf(client);
      const answer = await oauth.pushedAuthorizationRequest(server, known, auth, parameters, this.options());
      return oauth.processPushedAuthorizationResponse(server, known, answer);
    });
    url.searchParams.set('client_id', client.id);
    url.searchParams.set('request_uri', request_uri);
    return url.href;
  }

  /**
   * The provider's answer, held against RFC 9207 (`iss`), and its code for tokens.
   * @throws ProviderError `refused` with `access_denied` where the person said no
   */
  exchange(
    { server, resource }: ResolvedServer,
    client: OAuthClient,
    answer: AuthorizationAnswer,
    flow: { readonly redirectUri: string; readonly verifier: string; readonly scopes: readonly string[] },
  ): Promise<GrantedTokens> {
    return this.asked(async () => {
      const [known, auth] = clientOf(client);
      const given = Object.entries(answer).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const checked = oauth.validateAuthResponse(server, known, new URLSearchParams(given), answer.state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        known,
        auth,
        checked,
        flow.redirectUri,
        flow.verifier,
        this.options(resource),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, known, response);
      return granted(tokens, flow.scopes, null);
    });
  }

  /** Spends a refresh token: not to be called but by who holds the claim on its connection. */
  refresh(
    { server, resource }: ResolvedServer,
    client: OAuthClient,
    refreshToken: string,
    scopes: readonly string[],
  ): Promise<GrantedTokens> {
    return this.asked(async () => {
      const [known, auth] = clientOf(client);
      const options = this.options(resource);
      const response = await oauth.refreshTokenGrantRequest(server, known, auth, refreshToken, options);
      return granted(await oauth.processRefreshTokenResponse(server, known, response), scopes, refreshToken);
    });
  }

  /** RFC 7009. @returns false where the server offers no revocation */
  async revoke(
    { server }: ResolvedServer,
    client: OAuthClient,
    token: string,
    hint: 'access_token' | 'refresh_token',
  ): Promise<boolean> {
    if (server.revocation_endpoint === undefined) return false;
    await this.asked(async () => {
      const [known, auth] = clientOf(client);
      const options = { ...this.options(), additionalParameters: { token_type_hint: hint } };
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(server, known, auth, token, options),
      );
    });
    return true;
  }

  private options(resource: string | null = null) {
    return {
      ...requestOptions(this.outbound),
      ...(resource !== null && { additionalParameters: { resource } }),
    };
  }

  private async asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asProviderError(error);
    }
  }
}

const clientOf = (client: OAuthClient): [oauth.Client, oauth.ClientAuth] => {
  const secret = client.secret ?? '';
  const auth = {
    client_secret_basic: () => oauth.ClientSecretBasic(secret),
    client_secret_post: () => oauth.ClientSecretPost(secret),
    none: () => oauth.None(),
  }[client.auth]();
  return [{ client_id: client.id }, auth];
};

const granted = (
  tokens: oauth.TokenEndpointResponse,
  askedScopes: readonly string[],
  oldRefreshToken: string | null,
): GrantedTokens => ({
  accessToken: tokens.access_token,
  refreshToken: tokens.refresh_token ?? oldRefreshToken,
  // RFC 6749, 5.1: left out, it is what was asked for.
  scopes: tokens.scope === undefined ? askedScopes : tokens.scope.split(' ').filter((scope) => scope !== ''),
  expiresInSeconds: tokens.expires_in ?? null,
});
