import type { OAuthClient } from './oauth/oauth-client.js';

/** What is sealed of a connection: never in an event, a log line, an answer or a prompt. */
export interface ConnectionSecrets {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Who made them: they are sent to nobody else for renewal. */
  readonly issuer: string;
  /** The registered client they were made for; null where the provider's file has the client. */
  readonly client: OAuthClient | null;
}

/** What is sealed between the way to the provider's page and back. */
export interface AuthorizationSecrets {
  readonly verifier: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly client: OAuthClient | null;
}

/** Bound to whose it is: a row that is moved to another tenant or connection does not open. */
export const tokenContext = (tenantId: string, connectionId: string): string =>
  `tokens/${tenantId}/${connectionId}`;

export const authorizationContext = (tenantId: string, connectionId: string, caller: string): string =>
  `authorization/${tenantId}/${connectionId}/${caller}`;
