import { join } from 'node:path';

import {
  ensureDatabase,
  pingDatabase,
  startNats,
  startPostgres,
  startRedis,
  type PortOptions,
  type RunningServer,
  type ServerOptions,
} from '@baton/testkit';

export type ServerName = 'postgres' | 'nats' | 'redis';

/** A server that Baton uses: brought by us, or somebody else's. */
export interface BackingServer {
  readonly name: ServerName;
  readonly url: string;
  /** Ours to stop and to restart; undefined when it was there before. */
  readonly own: RunningServer | undefined;
}

export type BackingServers = Readonly<Record<ServerName, BackingServer>>;

export interface BackingServersOptions {
  readonly dataDir: string;
  /** Servers to use instead of bringing any. */
  readonly urls: Readonly<Partial<Record<ServerName, string>>>;
  /** Whether ours take the ports that people expect them on, where those are free. */
  readonly usualPorts: boolean;
  readonly say: (line: string) => void;
}

const TITLES: Readonly<Record<ServerName, string>> = { postgres: 'PostgreSQL', nats: 'NATS', redis: 'Redis' };
const USUAL_PORTS: Readonly<Record<ServerName, number>> = { postgres: 5432, nats: 4222, redis: 6379 };
const STARTERS: Readonly<
  Record<ServerName, (options: ServerOptions & PortOptions) => Promise<RunningServer>>
> = {
  postgres: startPostgres,
  nats: startNats,
  redis: startRedis,
};
/** The name of our database on a server of ours. */
export const OWN_DATABASE = 'baton';

/** Brings the three servers, or takes those that were named. When one fails, those that were started are stopped. */
export const bringServers = async (options: BackingServersOptions): Promise<BackingServers> => {
  const results = await Promise.allSettled([
    bring('postgres', options),
    bring('nats', options),
    bring('redis', options),
  ]);
  const [postgres, nats, redis] = results;
  if (postgres.status === 'fulfilled' && nats.status === 'fulfilled' && redis.status === 'fulfilled') {
    return { postgres: postgres.value, nats: nats.value, redis: redis.value };
  }
  const failures: Error[] = [];
  for (const result of results) {
    if (result.status === 'fulfilled') await result.value.own?.stop();
    else failures.push(result.reason as Error);
  }
  throw new Error(failures.map(({ message }) => message).join('\n'), { cause: failures[0] });
};

const bring = async (name: ServerName, options: BackingServersOptions): Promise<BackingServer> => {
  const given = options.urls[name];
  if (given !== undefined) return borrow(name, given, options);
  const own = await STARTERS[name]({
    dataDir: join(options.dataDir, name),
    logFile: join(options.dataDir, 'logs', `${name}.log`),
    say: options.say,
    onLeftover: (pid) =>
      options.say(`${TITLES[name]} of an earlier run (process ${pid}) was still there: stopped`),
    ...(options.usualPorts ? { preferredPort: USUAL_PORTS[name] } : {}),
  });
  const url = name === 'postgres' ? await ensureDatabase(own.url, OWN_DATABASE) : own.url;
  options.say(`${TITLES[name]} runs on ${own.host}:${own.port}`);
  return { name, url, own };
};

const borrow = async (
  name: ServerName,
  url: string,
  { say }: BackingServersOptions,
): Promise<BackingServer> => {
  const { host } = new URL(url.split(',')[0] ?? url);
  if (name === 'postgres') {
    try {
      await pingDatabase(url);
    } catch (error) {
      throw new Error(`DATABASE_URL: ${host} does not answer: ${(error as Error).message}`, { cause: error });
    }
  }
  say(`${TITLES[name]} is yours at ${host}`);
  return { name, url, own: undefined };
};
