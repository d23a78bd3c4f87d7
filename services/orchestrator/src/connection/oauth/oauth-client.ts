/** Us, as a provider knows us. Sealed wherever it is stored. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string | null;
  readonly auth: 'client_secret_basic' | 'client_secret_post' | 'none';
}

/** What a provider gave, before it is stored. */
export interface GrantedTokens {
  readonly accessToken: string;
  /** Null where it gave none; after a refresh, the new one where it rotates them and the old one where it doesn't. */
  readonly refreshToken: string | null;
  readonly scopes: readonly string[];
  /** Null where the provider named no end. */
  readonly expiresInSeconds: number | null;
}
