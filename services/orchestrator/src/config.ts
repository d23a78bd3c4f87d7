import { CallerToken } from '@baton/contracts';
import { baseConfigSchema, httpAllowVariable, intVariable } from '@baton/service';
import { z } from 'zod';

import { sandboxVariables } from './sandbox/sandbox.config.js';
import { parseTokenKeys } from './connection/token-keyring.js';

export const configSchema = baseConfigSchema.extend({
  ...sandboxVariables,
  /** YAML workflows loaded at start, for every tenant. */
  BATON_WORKFLOWS_DIR: z.string().default('config/workflows'),
  BATON_DEFAULT_WORKFLOW: CallerToken.default('customer_support'),
  /** YAML files that say where tools come from beside the built-in ones; none where there is no such folder. */
  BATON_TOOLS_DIR: z.string().default('config/tools'),
  /** `host:port` list that `http.request` and other sources of tools may reach though it is private or loopback. */
  BATON_HTTP_ALLOW: httpAllowVariable,
  /** Providers that tenants may connect to (OAuth): one YAML file each. */
  BATON_CONNECTIONS_DIR: z.string().default('config/connections'),
  /** `<id>:<32 bytes in base64>`, comma-separated: what seals OAuth tokens. The first seals, the others still open. */
  BATON_TOKEN_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return parseTokenKeys(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .default([]),
  /** Turns that run at once in this process; the others wait here and in JetStream. */
  BATON_TURN_CONCURRENCY: intVariable(1, 256).default(128),
  /** How late turns may begin before a message that needs another one is refused with 503. */
  BATON_MAX_TURN_DELAY_MS: intVariable(100, 3_600_000).default(10_000),
  /** Days behind the last event of a conversation that has ended; then it is erased, or archived. */
  BATON_RETENTION_DAYS: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number of days')
    .transform(Number)
    .pipe(z.number().positive().max(36_500))
    .default(30),
});
export type OrchestratorConfig = z.output<typeof configSchema>;
