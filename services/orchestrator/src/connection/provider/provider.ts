/** A service that tenants connect to, as its file in `config/connections` describes it. */
export interface Provider {
  readonly name: string;
  readonly description: string | null;
  /** The authorization server; null where it is found by the API's own metadata (RFC 9728) or its endpoints are given. */
  readonly issuer: string | null;
  /** The API that tokens are for: sent as resource indicator (RFC 8707). */
  readonly resource: string | null;
  /** Where the server publishes no metadata. */
  readonly endpoints: ProviderEndpoints | null;
  readonly client: ProviderClient;
  /** Asked for where a caller names none. */
  readonly scopes: readonly string[];
  /** What callers may ask for beside those. */
  readonly optionalScopes: readonly string[];
  /** More parameters of the authorization request, such as `access_type: offline`. */
  readonly authorizeParams: Readonly<Record<string, string>>;
}

export interface ProviderEndpoints {
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string | null;
}

export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none';

export type ProviderClient =
  | {
      readonly kind: 'static';
      readonly id: string;
      /** Never logged, stored or shown. */
      readonly secret: string | null;
      readonly auth: ClientAuthMethod;
    }
  /** Registers itself (RFC 7591), one client for each tenant. */
  | { readonly kind: 'dynamic'; readonly clientName: string; readonly initialAccessToken: string | null }
  /** An environment variable that its file names is not set. */
  | { readonly kind: 'missing'; readonly variable: string };
