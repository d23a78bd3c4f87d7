import { baseConfigSchema, httpAllowVariable, intVariable, portVariable } from '@baton/service';
import { z } from 'zod';

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .pipe(z.array(z.url().transform((url) => new URL(url).origin)));

export const gatewayConfigSchema = baseConfigSchema.extend({
  /** Port of the API. */
  PORT: portVariable.default(3000),
  /**
   * How long requests are taken on behind SIGTERM, though the gateway says that it is not ready: until who sends them
   * here has seen it.
   */
  BATON_DRAIN_DELAY_SECONDS: intVariable(0, 300).default(0),
  /** The default tenant's first API key, all scopes. */
  BATON_API_KEY: z.string().min(1).max(512),
  /** Origins whose pages may call the API and open streams; without it, pages of the gateway's own origin only. */
  BATON_ALLOWED_ORIGINS: origins.default([]),
  /** Whether `/demo` gives everybody who asks a conversation: for trying out only, `npm start` sets it. */
  BATON_DEMO: z.enum(['on', 'off']).default('off'),
  /** How browsers reach this gateway, such as https://baton.example: where OAuth providers send them back to. */
  BATON_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  BATON_RATE_LIMIT_REQUESTS_PER_SECOND: intVariable(1, 10_000_000).default(500),
  BATON_RATE_LIMIT_MESSAGES_PER_10S: intVariable(1, 10_000_000).default(60),
  /** Of all of a tenant's keys and tokens together. */
  BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND: intVariable(1, 10_000_000).default(5000),
  /** Requests that this process has under way at each other service. */
  BATON_MAX_REQUESTS_IN_FLIGHT: intVariable(1, 100_000).default(256),
  /** Requests that may wait for one of those to end. */
  BATON_MAX_REQUESTS_WAITING: intVariable(0, 1_000_000).default(1024),
  /** How late the event loop may be, turn after turn, before new requests are refused. */
  BATON_MAX_EVENT_LOOP_DELAY_MS: intVariable(10, 600_000).default(1000),
  /** What webhooks may reach though it is private or loopback. */
  BATON_HTTP_ALLOW: httpAllowVariable,
  /** How long a delivery to a webhook that failed waits for its second try; each later wait is twice as long. */
  BATON_WEBHOOK_FIRST_RETRY_MS: intVariable(10, 3_600_000).default(1000),
  /** How long deliveries that are over are shown. */
  BATON_WEBHOOK_LOG_DAYS: intVariable(1, 3650).default(30),
});

export type GatewayConfig = z.output<typeof gatewayConfigSchema>;
