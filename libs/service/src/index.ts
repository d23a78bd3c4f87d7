export { Clock } from './clock.js';
export {
  type BaseConfig,
  baseConfigSchema,
  ConfigError,
  intVariable,
  loadConfig,
  portVariable,
} from './config.js';
export { Database, type DatabaseOptions, type TenantQuery } from './database.js';
export { Health } from './health.js';
export { newId } from './ids.js';
export { randomPart } from './random.js';
export { type LeaseResult, LeaseLostError, Leases } from './lease.js';
export { currentLogContext, type LogContext, runWithLogContext } from './logging.js';
export { Metrics } from './metrics.js';
export { type MigrateOptions, migrateService } from './migrate.js';
export { exchange, isSafeMethod, type OutboundAnswer, type OutboundRequest } from './outbound/exchange.js';
export { httpAllowVariable } from './outbound/http-allow.js';
export { OutboundError } from './outbound/outbound-error.js';
export { outboundFetch } from './outbound/outbound-fetch.js';
export { OutboundGuard, type OutboundTarget, type ResolveName } from './outbound/outbound-guard.js';
export { MOST_REDIRECTS, redirected, redirectOf } from './outbound/redirects.js';
export { RedisClient } from './redis.js';
export { postgresError } from './postgres-error.js';
export { ProcessReporter } from './report/process-reporter.js';
export { Breaker, type BreakerOptions, type BreakerState, isTrouble } from './resilience/breaker.js';
export { Bulkhead, type BulkheadOptions } from './resilience/bulkhead.js';
export { guardRequests, type RequestRule } from './resilience/guard-requests.js';
export { type GuardedCall, GuardFamily, type GuardOptions, Guards } from './resilience/guards.js';
export { RefusedError, type RefusalReason } from './resilience/refused.js';
export { type RetryOptions, withRetries } from './resilience/retry.js';
export { rlsSql, type TableRights } from './rls.js';
export { rolePassword, serviceUrl, serviceUrls } from './roles.js';
export { runService, type RunServiceOptions, type ServiceConfig } from './run-service.js';
export {
  deriveKey,
  keyedHash,
  keyObjectOf,
  open,
  openSealed,
  sameSecret,
  seal,
  sealedBy,
  SealError,
  type SealingKey,
} from './secrets.js';
export { appRole, schemaOf, SERVICE_NAMES, type ServiceName, systemRole } from './service-name.js';
export { CONFIG, SERVICE_NAME, ServiceModule, type ServiceModuleOptions } from './service.module.js';
export { boundedRegExp } from './bounded-pattern.js';
export { newTraceparent, traceparentOr } from './trace.js';
export {
  BATON as BATON_ATTRIBUTES,
  DB as DB_ATTRIBUTES,
  HTTP as HTTP_ATTRIBUTES,
  MESSAGING as MESSAGING_ATTRIBUTES,
} from './telemetry/span-attributes.js';
export {
  GEN_AI,
  GEN_AI_METRICS,
  OPERATIONS as GEN_AI_OPERATIONS,
  SECONDS_BUCKETS,
  TOKEN_BUCKETS,
} from './telemetry/gen-ai.js';
export { traceHeaders, tracedFetch } from './telemetry/outgoing.js';
export { OpenTelemetry } from './telemetry/open-telemetry.js';
export { eventAttributes } from './telemetry/bus-tracer.js';
export { spanContextOf } from './telemetry/traceparent.js';
export {
  beginSpan,
  currentTraceparent,
  isTracing,
  type OpenSpan,
  sampledTraceId,
  spanned,
  type SpanSettings,
} from './telemetry/tracing.js';
