import { join } from 'node:path';

import { knownSecrets } from '../secrets/known-secrets.js';
import { openDataDir } from './data-dir.js';
import { pingDatabase } from './database.js';
import { LOOPBACK } from './free-port.js';
import { postgresBinaries } from './postgres-binaries.js';
import { PostgresCluster, SUPERUSER } from './postgres-cluster.js';
import { dropStaleLockFile } from './postgres-lock-file.js';
import { postgresUserFor } from './postgres-user.js';
import { startServer, type PortOptions, type RunningServer } from './server-handle.js';
import type { ServerOptions } from './server-options.js';

const SETTINGS = Object.entries({
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off', // our statements are short: compiling one costs more than running it
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Starts a PostgreSQL of ours on 127.0.0.1 with durable settings; resolves when it answers a query. */
export const startPostgres = async (options: ServerOptions & PortOptions = {}): Promise<RunningServer> => {
  const dataDir = await openDataDir(options.dataDir, 'postgres');
  const binaries = postgresBinaries();
  const user = await postgresUserFor(binaries.postgres, dataDir.path);
  const cluster = new PostgresCluster(dataDir.path, binaries, user, options.dataDir !== undefined);
  const password = await cluster.password();
  knownSecrets.add('password of the database', password);
  const url = (port: number): string => `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/postgres`;
  return startServer(
    {
      name: 'postgres',
      dataDir: dataDir.path,
      logFile: options.logFile ?? join(dataDir.path, 'postgres.log'),
      stopSignal: 'SIGINT', // its fast shutdown; SIGTERM would wait for clients to leave
      keeps: 'rows',
      readyLine: /ready to accept connections/,
      // A killed server's children need a moment to notice that it is gone.
      passingTrouble: /pre-existing shared memory block|lock file "postmaster.pid" already exists/,
      prepare: async (port) => {
        await cluster.initialise();
        await dropStaleLockFile(cluster.path);
        return cluster.command(binaries.postgres, ['-D', cluster.path, '-p', String(port), ...SETTINGS]);
      },
      answers: (port) => pingDatabase(url(port)),
      url,
      cleanUp: () => dataDir.cleanUp(),
    },
    options,
    options.onLeftover,
  );
};
