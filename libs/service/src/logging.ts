import { type CallContext, currentCallContext, runWithCallContext } from '@baton/bus';
import { isBatonError } from '@baton/contracts';
import type { Params } from 'nestjs-pino';
import type { LoggerOptions } from 'pino';

import { OutageFold } from './outage-fold.js';

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

const EACH_LINE: ReadonlySet<string> = new Set(['debug', 'trace']);

/** How this process logs: JSON lines on standard output, the ids of the work at hand in each. */
export const loggerParams = (service: string, level: string): Params => ({
  pinoHttp: {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    mixin: contextFields,
    hooks: EACH_LINE.has(level) ? {} : { logMethod: foldingOutages() },
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

/** How long one line stands for all that meet the same outage. */
const OUTAGE_WINDOW_MS = 10_000;

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

/**
 * Every piece of work meets the same outage, and hundreds that say so hide the line that matters: of one kind (context,
 * message and code), the first is written, and how many more there were. At level debug each is.
 */
const foldingOutages = (): LogMethod => {
  const fold = new OutageFold<(more: number) => void>(OUTAGE_WINDOW_MS, (say, more) => say(more));
  return function logMethod(args, method, level) {
    const [fields, message] = args as readonly unknown[] as readonly [
      { context?: unknown; err?: unknown },
      unknown,
    ];
    const { context, err } = Object(fields) as typeof fields;
    if (!isBatonError(err, 'unavailable')) return method.apply(this, args);
    const sayMore = (more: number): void =>
      method.apply(this, [{ context, more }, `${String(message)}, ${more} more times: ${err.message}`]);
    if (fold.admits(`${level} ${String(context)} ${String(message)}`, sayMore)) method.apply(this, args);
  };
};
