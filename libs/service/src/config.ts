import { z } from 'zod';

import { traceReceiversVariable } from './telemetry/outgoing.js';

/** An integer in an environment variable. */
export const intVariable = (min: number, max: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

export const portVariable = intVariable(0, 65_535);

const url = (...protocols: readonly string[]): z.ZodType<string> =>
  z
    .string()
    .refine(
      (text) => text.split(',').every((part) => protocols.includes(protocolOf(part))),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

const protocolOf = (text: string): string => {
  try {
    return new URL(text).protocol;
  } catch {
    return '';
  }
};

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What every service reads; a service adds its own with `.extend`. */
export const baseConfigSchema = z.object({
  /** PostgreSQL as the role that sees one tenant at a time. */
  DATABASE_URL: url('postgres:', 'postgresql:'),
  /** PostgreSQL as the service's own system role. */
  DATABASE_SYSTEM_URL: url('postgres:', 'postgresql:'),
  /** Connections of the first role; the second gets four. */
  DATABASE_POOL_SIZE: intVariable(1, 200).default(10),
  NATS_URL: url('nats:', 'tls:'),
  REDIS_URL: url('redis:', 'rediss:'),
  /** The root secret: every use derives its own key from it. */
  BATON_SECRET: z.string().min(16, 'must be at least 16 characters'),
  /** Port of /health/live, /health/ready and /metrics; 0 takes a free one, or none where there is a `PORT` too. */
  BATON_SERVICE_PORT: portVariable.default(0),
  BATON_HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** Where traces are sent by OTLP; none are made where it is not set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional(),
  /** Who outside is sent the `traceparent` of what they are asked. */
  BATON_TRACEPARENT_TO: traceReceiversVariable,
});
export type BaseConfig = z.output<typeof baseConfigSchema>;

/** The environment is not usable; the message names every variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a configuration from environment variables; an empty variable is an unset one.
 * @throws ConfigError naming every bad variable, on one line
 */
export const loadConfig = <S extends z.ZodType>(
  schema: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): z.output<S> => {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.map(String).join('.');
    if (name === '') return issue.message;
    return name in present ? `${name}: ${issue.message}` : `${name} is not set`;
  });
  throw new ConfigError(`Bad configuration: ${[...new Set(problems)].join('; ')}`);
};
