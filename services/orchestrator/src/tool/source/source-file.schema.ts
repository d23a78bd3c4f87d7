import { CallerToken, RiskTier } from '@baton/contracts';
import { z } from 'zod';

import { PositiveDuration } from '../../workflow/file/duration.js';

const LONGEST_TIMEOUT_MS = 300_000;

/** Secrets that are Baton's own: no stranger's server is told them by a slip of the pen. */
const BATONS_OWN = /^(BATON_(SECRET|API_KEY|TOKEN_KEY\w*)|DATABASE_\w+|NATS_URL|REDIS_URL)$/;

export const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
  .refine((name) => !BATONS_OWN.test(name), "is one of Baton's own secrets");

/** A secret that is named, never written down. */
const FromEnvironment = z.strictObject({ env: VariableName });

const HeaderName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header');

export const CredentialFile = z.union([
  z.strictObject({ bearer: FromEnvironment }),
  z.strictObject({ header: HeaderName, env: VariableName }),
  z.strictObject({ query: z.string().min(1), env: VariableName }),
  z.strictObject({ basic: z.strictObject({ username: FromEnvironment, password: FromEnvironment }) }),
  z.strictObject({ connection: CallerToken, scopes: z.array(z.string().min(1)).optional() }),
]);
export type CredentialFile = z.infer<typeof CredentialFile>;

const Timeout = PositiveDuration.refine((ms) => ms <= LONGEST_TIMEOUT_MS, 'must be at most 5m');

const ToolSettings = z.strictObject({
  risk: RiskTier.optional(),
  idempotency: z.enum(['safe', 'key', 'unknown']).optional(),
  timeout: Timeout.optional(),
  /** Instead of what its source says of it. */
  description: z.string().min(1).max(4000).optional(),
});
export type ToolSettings = z.infer<typeof ToolSettings>;

const Names = z.array(z.string().min(1)).min(1, 'must name a tool').optional();

const common = {
  source: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a name: small letters, digits, _ and -, at most 32'),
  /** Left out: every tenant. */
  tenants: z.array(z.string().min(1)).min(1, 'must name a tenant').optional(),
  /** Names without the source's; left out: all. */
  include: Names,
  exclude: Names,
  timeout: Timeout.prefault('30s'),
  tools: z.record(z.string(), ToolSettings).default({}),
};

export const OpenApiSourceFile = z.strictObject({
  type: z.literal('openapi'),
  ...common,
  /** A path beside this file, or a URL. */
  document: z.string().min(1),
  /** Instead of the document's first one. */
  server: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  auth: CredentialFile.optional(),
});
export type OpenApiSourceFile = z.infer<typeof OpenApiSourceFile>;

export const McpSourceFile = z
  .strictObject({
    type: z.literal('mcp'),
    ...common,
    /** A program that speaks MCP on its standard streams. */
    command: z.string().min(1).optional(),
    args: z.array(z.string()).optional(),
    /** All it gets of the environment beside the few variables that every program needs. */
    env: z.record(z.string(), z.union([z.string(), FromEnvironment])).optional(),
    cwd: z.string().min(1).optional(),
    /** A server that speaks streamable HTTP. */
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    auth: CredentialFile.optional(),
    /** Of tools that have no tier of their own below. */
    risk: RiskTier.default('MEDIUM'),
  })
  .superRefine(({ command, args, env, cwd, url, auth }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((command === undefined) === (url === undefined))
      say(command === undefined ? 'type' : 'url', 'needs either a command or a url');
    else if (command !== undefined && auth) say('auth', 'is for a url: give a command its env');
    else if (url !== undefined)
      for (const [path, value] of Object.entries({ args, env, cwd }))
        if (value !== undefined) say(path, 'is for a command');
  });
export type McpSourceFile = z.infer<typeof McpSourceFile>;

export const ComposioSourceFile = z.strictObject({
  type: z.literal('composio'),
  ...common,
  toolkits: z.array(z.string().min(1)).min(1, 'must name a toolkit'),
  api_key: FromEnvironment.prefault({ env: 'COMPOSIO_API_KEY' }),
  /** Composio's own service unless told. */
  base_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  risk: RiskTier.default('MEDIUM'),
});
export type ComposioSourceFile = z.infer<typeof ComposioSourceFile>;

/** One file of `BATON_TOOLS_DIR`: where tools come from, and how they are used. */
export const SourceFile = z.discriminatedUnion(
  'type',
  [OpenApiSourceFile, McpSourceFile, ComposioSourceFile],
  { error: 'must be openapi, mcp or composio' },
);
export type SourceFile = z.infer<typeof SourceFile>;
