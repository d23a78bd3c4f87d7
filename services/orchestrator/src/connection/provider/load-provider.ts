import type { FieldError } from '@baton/contracts';

import { readYaml, type YamlSource } from '../../workflow/file/yaml-source.js';
import type { ClientAuthMethod, Provider, ProviderClient } from './provider.js';
import { type ProviderFile, providerFileSchema } from './provider-file.schema.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one provider's file; each error with its line and column. */
export const loadProvider = (
  yaml: string,
  env: Environment,
): { readonly ok: Provider } | { readonly errors: readonly FieldError[] } => {
  const read = readYaml(yaml);
  if ('problems' in read) return { errors: read.problems };
  const parsed = providerFileSchema.safeParse(read.source.value);
  if (!parsed.success)
    return { errors: parsed.error.issues.flatMap((issue) => errorsOf(issue, read.source)) };
  return { ok: providerOf(parsed.data, env) };
};

type Issue = NonNullable<ReturnType<typeof providerFileSchema.safeParse>['error']>['issues'][number];

const errorsOf = (issue: Issue, source: YamlSource): FieldError[] => {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      ...source.placeOfKey([...path, key]),
      message: 'is not known here',
    }));
  const place = issue.code === 'invalid_key' ? source.placeOfKey(path) : source.placeOf(path);
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [{ path: path.length === 0 ? '$' : path.join('.'), ...place, message }];
};

const providerOf = (file: ProviderFile, env: Environment): Provider => ({
  name: file.name,
  description: file.description ?? null,
  issuer: file.issuer ?? null,
  resource: file.resource ?? null,
  endpoints: file.endpoints ? { ...file.endpoints, revocation: file.endpoints.revocation ?? null } : null,
  client: clientOf(file.client, env),
  scopes: file.scopes,
  optionalScopes: file.optional_scopes,
  authorizeParams: file.authorize_params,
});

const clientOf = (client: ProviderFile['client'], env: Environment): ProviderClient => {
  for (const variable of [client.id_env, client.secret_env, client.registration_token_env])
    if (variable !== undefined && !env[variable]) return { kind: 'missing', variable };
  const valueOf = (variable: string | undefined): string | null =>
    variable === undefined ? null : (env[variable] as string);
  if (client.register)
    return {
      kind: 'dynamic',
      clientName: client.name ?? 'Baton',
      initialAccessToken: valueOf(client.registration_token_env),
    };
  const secret = valueOf(client.secret_env);
  const auth: ClientAuthMethod = client.auth ?? (secret === null ? 'none' : 'client_secret_basic');
  return { kind: 'static', id: (client.id ?? valueOf(client.id_env)) as string, secret, auth };
};
