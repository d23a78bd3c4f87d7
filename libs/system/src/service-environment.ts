import { SERVICE_NAMES, serviceUrls, type ServiceName } from '@baton/service/roles';

import type { BackingServers } from './backing-servers.js';

/** Variables of the whole system that no service and no migration may take for its own. */
const NOT_FORWARDED = new Set([
  ...['DATABASE_URL', 'DATABASE_SYSTEM_URL', 'DATABASE_ADMIN_URL', 'NATS_URL', 'REDIS_URL'],
  ...['PORT', 'BATON_SERVICE_PORT', 'JEST_WORKER_ID'],
]);

/** What every process of ours gets from the environment that Baton is started in. An empty variable is an unset one. */
export const forwardedEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => value !== undefined && value !== '' && !NOT_FORWARDED.has(name),
    ),
  );

/** What one service gets: the forwarded environment, where its servers are and who it is there. */
export const serviceEnvironment = (
  service: ServiceName,
  {
    env: { BATON_TOKEN_KEYS: _, ...env },
    servers,
    secret,
    tokenKeys,
  }: { env: NodeJS.ProcessEnv; servers: BackingServers; secret: string; tokenKeys?: string },
): NodeJS.ProcessEnv => {
  const urls = serviceUrls(servers.postgres.url, service);
  return {
    ...env,
    DATABASE_URL: urls.app,
    DATABASE_SYSTEM_URL: urls.system,
    NATS_URL: servers.nats.url,
    REDIS_URL: servers.redis.url,
    BATON_SECRET: secret,
    // Nobody else opens an OAuth token.
    ...(service === 'orchestrator' && tokenKeys !== undefined && { BATON_TOKEN_KEYS: tokenKeys }),
    // Only the gateway has callers outside this machine, and only if it is told so.
    BATON_HOST: service === 'gateway' ? (env['BATON_HOST'] ?? LOOPBACK) : LOOPBACK,
  };
};

export const LOOPBACK = '127.0.0.1';
export { SERVICE_NAMES, type ServiceName };
