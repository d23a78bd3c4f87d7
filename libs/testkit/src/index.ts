export { OneAtATime } from './processes/one-at-a-time.js';
export * from './decider-specification.js';
export * from './fake-clock.js';
export { HOSTILE_STRINGS } from './hostile-strings.js';
export { isRunning, identityOf, type ProcessIdentity } from './processes/process-identity.js';
export { sendSignal, stopLeftover } from './processes/pid-file.js';
export { describeExit, TrackedProcess, type Exit, type ProcessSpec } from './processes/tracked-process.js';
export { createDatabase, ensureDatabase, pingDatabase, type TestDatabase } from './servers/database.js';
export { findBinary } from './servers/find-binary.js';
export { findFreePort, isPortFree } from './servers/free-port.js';
export { installServer } from './servers/install-server.js';
export { startNats } from './servers/nats.js';
export { startPostgres } from './servers/postgres.js';
export { startRedis } from './servers/redis.js';
export type { PortOptions, RunningServer } from './servers/server-handle.js';
export type { ServerOptions } from './servers/server-options.js';
export { knownSecrets } from './secrets/known-secrets.js';
export { filesBelow } from './secrets/places.js';
export { scanForSecrets, type ScanReport } from './secrets/scan-report.js';
export { type Finding, SecretScan } from './secrets/secret-scan.js';
export * from './wait-for.js';
export type { ModelRequest } from './model-server/model-request.js';
export { always, ModelServer, type ModelServerOptions, type Served } from './model-server/model-server.js';
export * as modelSteps from './model-server/steps.js';
export {
  API_SCOPES,
  AuthorizationServer,
  STATIC_CLIENT,
  type TokenRequestHeard,
} from './authorization-server/authorization-server.js';
