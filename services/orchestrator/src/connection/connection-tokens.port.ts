import { inspect } from 'node:util';

/** An access token in the hands of the one call that sends it: what prints it by accident prints nothing. */
export class AccessToken {
  readonly #value: string;

  constructor(
    readonly connectionId: string,
    value: string,
    /** Milliseconds since the epoch; null where the provider named no end. */
    readonly expiresAtMs: number | null,
  ) {
    this.#value = value;
  }

  /** For `Authorization`, and for nothing else: no log, event, prompt or error may hold it. */
  get header(): string {
    return `Bearer ${this.#value}`;
  }

  /** The bare token, for SDKs that make the header themselves. */
  get secret(): string {
    return this.#value;
  }

  toString(): string {
    return '[access token]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

export interface TokenRequest {
  readonly tenantId: string;
  /** As the files of `config/connections` name it. */
  readonly provider: string;
  /** What the call needs; a connection that was granted less is not used. */
  readonly scopes?: readonly string[];
  /** The API answered this one with 401: another is got, once, by a refresh. */
  readonly rejected?: AccessToken;
  readonly signal?: AbortSignal;
}

/** What tools ask for an access token of the tenant's newest live connection to a provider. */
export interface ConnectionTokens {
  /**
   * A token that is good for a while yet: refreshed before its end, by one process at a time.
   * @throws ReconnectNeededError where only a person at the provider's page can help: the tool call ends in a hand-over
   * @throws ToolError `connection-unavailable` (a trouble) where the provider doesn't answer and no token is good any more
   */
  accessToken(request: TokenRequest): Promise<AccessToken>;
  /** Whether the tenant has a connection that such a request could use: `connected` in the list of tools. */
  isConnected(tenantId: string, provider: string): Promise<boolean>;
  /** The names of the providers there are, for files that refer to them. */
  readonly providers: ReadonlySet<string>;
}

/** Where the provider is injected. */
export const CONNECTION_TOKENS = Symbol('CONNECTION_TOKENS');
