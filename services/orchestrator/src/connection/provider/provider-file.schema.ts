import { CallerToken } from '@baton/contracts';
import { z } from 'zod';

import { VariableName } from '../../tool/source/source-file.schema.js';

const url = z
  .string()
  .refine(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    'must be a URL that begins with https://',
  )
  .refine((text) => !text.includes('#'), 'must have no fragment');
/** RFC 6749: printable ASCII without space, quote and backslash. */
export const Scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'must be one scope: printable ASCII without spaces and quotes');

/** What the authorization request says itself. */
const RESERVED = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'redirect_uri',
  'request',
  'request_uri',
  'resource',
  'response_mode',
  'response_type',
  'scope',
  'state',
];
const parameterName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be the name of a parameter')
  .refine((name) => !RESERVED.includes(name), 'is a parameter that Baton sets itself');

const registered = z.strictObject({
  id: z.string().min(1).max(512).optional(),
  id_env: VariableName.optional(),
  secret_env: VariableName.optional(),
  auth: z.enum(['client_secret_basic', 'client_secret_post', 'none']).optional(),
  register: z.boolean().optional(),
  registration_token_env: VariableName.optional(),
  name: z.string().min(1).max(200).optional(),
});

/** A file of `config/connections`: no secret stands in one, only the names of the variables that hold them. */
export const providerFileSchema = z
  .strictObject({
    name: CallerToken,
    description: z.string().max(1000).optional(),
    issuer: url.optional(),
    resource: url.optional(),
    endpoints: z.strictObject({ authorization: url, token: url, revocation: url.optional() }).optional(),
    client: registered,
    scopes: z.array(Scope).max(100).default([]),
    optional_scopes: z.array(Scope).max(100).default([]),
    authorize_params: z.record(parameterName, z.string().max(1000)).default({}),
  })
  .superRefine((file, ctx) => {
    const problem = (path: (string | number)[], message: string): void =>
      ctx.addIssue({ code: 'custom', path, message });
    if (file.issuer === undefined && file.resource === undefined && file.endpoints === undefined)
      problem(['name'], 'needs an issuer, a resource whose metadata name one, or endpoints');
    const { client } = file;
    const ways = [client.id !== undefined, client.id_env !== undefined, client.register === true];
    if (ways.filter(Boolean).length !== 1) problem(['client'], 'needs one of id, id_env and register: true');
    if (client.register && file.endpoints) problem(['client', 'register'], 'needs the metadata of an issuer');
    if (client.register && (client.secret_env ?? client.auth) !== undefined)
      problem(['client'], 'gets its secret by registering: secret_env and auth have no use');
    if (!client.register && (client.registration_token_env ?? client.name) !== undefined)
      problem(['client'], 'registration_token_env and name are for register: true');
    if (client.auth !== undefined && client.auth !== 'none' && client.secret_env === undefined)
      problem(['client', 'auth'], 'needs secret_env');
    if (client.auth === 'none' && client.secret_env !== undefined)
      problem(['client', 'auth'], 'is none, and there is a secret_env');
  });
export type ProviderFile = z.output<typeof providerFileSchema>;
