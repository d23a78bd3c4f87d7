import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ServiceName } from '@baton/service/roles';

import type { BackingServers, ServerName } from './backing-servers.js';

/** Where the servers of a running Baton are; the passwords in it are why its owner alone may read it. */
export type ServerUrls = Readonly<Record<ServerName, string>> & {
  /** Where each service answers: the gateway its callers, the others their probes. */
  readonly services?: Readonly<Partial<Record<ServiceName, string>>>;
};

const fileIn = (dataDir: string): string => join(dataDir, 'servers.json');

/** Says beside the data where the servers are, for commands that work on a running Baton. */
export const noteServers = (
  dataDir: string,
  servers: BackingServers,
  services: ServerUrls['services'] = {},
): void => {
  const urls: ServerUrls = {
    postgres: servers.postgres.url,
    nats: servers.nats.url,
    redis: servers.redis.url,
    services,
  };
  writeFileSync(fileIn(dataDir), JSON.stringify(urls), { mode: 0o600 });
};

export const forgetServers = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true });

/** Undefined where no Baton runs on the data, or one that was killed left none. */
export const notedServers = (dataDir: string): ServerUrls | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as ServerUrls;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
