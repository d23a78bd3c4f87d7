import { type CallContext, currentCallContext, runWithCallContext } from '@baton/bus';
import type { Params } from 'nestjs-pino';

/** What every log line of a piece of work carries; it also travels with its requests. */
export type LogContext = CallContext;

/** Runs `work` so that its log lines carry `fields` beside those that are set already. */
export const runWithLogContext = <T>(fields: LogContext, work: () => T): T =>
  runWithCallContext(fields, work);

export const currentLogContext = currentCallContext;

/** Never written to a log, wherever they stand in what is logged. */
const REDACTED = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'key',
  'ticket',
];

/** How this process logs: JSON lines on standard output, the ids of the work at hand in each. */
export const loggerParams = (service: string, level: string): Params => ({
  pinoHttp: {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    mixin: contextFields,
    redact: {
      paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.headers["${name}"]`]),
      censor: '[redacted]',
    },
    // A line per request would cost more than the request; failures are logged where they happen.
    autoLogging: false,
    quietReqLogger: true,
  },
});

/** `trace_id` is what finds the trace; the rest finds the conversation. */
const contextFields = (): Record<string, unknown> => {
  const context = currentCallContext();
  if (!context) return {};
  const { traceparent, ...fields } = context;
  return traceparent === undefined ? fields : { ...fields, trace_id: traceparent.split('-')[1] };
};
