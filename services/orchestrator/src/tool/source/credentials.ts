import type { AccessToken, ConnectionTokens } from '../../connection/connection-tokens.port.js';
import { type Environment, isSet, secretOf } from './environment.js';
import type { CredentialFile } from './source-file.schema.js';

/** What goes with one request, and what of it must not come back. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Where it is a connection's: another is got for one that was rejected. */
  readonly token?: AccessToken;
}

export interface CredentialRequest {
  readonly tenantId: string;
  readonly signal: AbortSignal;
  readonly rejected?: AccessToken | undefined;
}

/** How a source shows who it is: with a secret of the environment, or a tenant's connection. */
export interface Credentials {
  /** Whether each tenant has its own. */
  readonly isPerTenant: boolean;
  /**
   * @throws ToolError `not-configured` where the secret is not set
   * @throws ReconnectNeededError where a person has to connect
   */
  get(request: CredentialRequest): Promise<Credential>;
  isConnected(tenantId: string): Promise<boolean>;
}

export const credentialsOf = (
  file: CredentialFile | undefined,
  environment: Environment,
  connections: ConnectionTokens | undefined,
): Credentials => {
  if (!file) return fixed([], () => ({ headers: {}, query: {}, secrets: [] }), environment);
  if ('connection' in file) {
    if (!connections) throw new Error('There are no connections here');
    return ofConnection(file, connections);
  }
  if ('bearer' in file) {
    const { env } = file.bearer;
    return fixed([env], () => inHeader('authorization', 'Bearer ', secretOf(environment, env)), environment);
  }
  if ('header' in file) {
    const { header, env } = file;
    return fixed([env], () => inHeader(header.toLowerCase(), '', secretOf(environment, env)), environment);
  }
  if ('query' in file) {
    const { query, env } = file;
    return fixed([env], () => inQuery(query, secretOf(environment, env)), environment);
  }
  const { username, password } = file.basic;
  return fixed(
    [username.env, password.env],
    () => basic(secretOf(environment, username.env), secretOf(environment, password.env)),
    environment,
  );
};

const fixed = (names: readonly string[], make: () => Credential, environment: Environment): Credentials => ({
  isPerTenant: false,
  get: async () => Promise.resolve().then(make),
  isConnected: () => Promise.resolve(names.every((name) => isSet(environment, name))),
});

const ofConnection = (
  { connection: provider, scopes }: Extract<CredentialFile, { connection: string }>,
  connections: ConnectionTokens,
): Credentials => ({
  isPerTenant: true,
  get: async ({ tenantId, signal, rejected }) => {
    const token = await connections.accessToken({
      tenantId,
      provider,
      signal,
      ...(scopes && { scopes }),
      ...(rejected && { rejected }),
    });
    return { headers: { authorization: token.header }, query: {}, secrets: [token.secret], token };
  },
  isConnected: (tenantId) => connections.isConnected(tenantId, provider),
});

const inHeader = (name: string, scheme: string, secret: string): Credential => ({
  headers: { [name]: `${scheme}${secret}` },
  query: {},
  secrets: [secret],
});

const inQuery = (name: string, secret: string): Credential => ({
  headers: {},
  query: { [name]: secret },
  secrets: [secret, encodeURIComponent(secret)],
});

const basic = (username: string, password: string): Credential => {
  const encoded = Buffer.from(`${username}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${encoded}` }, query: {}, secrets: [password, encoded] };
};
