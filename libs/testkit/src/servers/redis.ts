import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { openDataDir } from './data-dir.js';
import { findBinary } from './find-binary.js';
import { LOOPBACK } from './free-port.js';
import { installServer } from './install-server.js';
import { exchange } from './line-protocol.js';
import { startServer, type PortOptions, type RunningServer } from './server-handle.js';
import type { ServerOptions } from './server-options.js';

/** Starts a redis-server on 127.0.0.1 that keeps its data over restarts; resolves when it answers. */
export const startRedis = async (options: ServerOptions & PortOptions = {}): Promise<RunningServer> => {
  const binary = findBinary('redis-server') ?? (await installServer('redis-server', options));
  const dataDir = await openDataDir(options.dataDir, 'redis');
  return startServer(
    {
      name: 'redis-server',
      dataDir: dataDir.path,
      logFile: options.logFile ?? join(dataDir.path, 'redis-server.log'),
      stopSignal: 'SIGTERM',
      keeps: 'files',
      readyLine: /Ready to accept connections/,
      prepare: async (port) => {
        await mkdir(dataDir.path, { recursive: true });
        return { file: binary, args: redisArguments({ port, dir: dataDir.path }), env: process.env };
      },
      answers: async (port) => {
        await exchange(port, 'PING\r\n', /^\+PONG/m);
      },
      url: (port) => `redis://${LOOPBACK}:${port}`,
      cleanUp: () => dataDir.cleanUp(),
    },
    options,
    options.onLeftover,
  );
};

const redisArguments = ({ port, dir }: { port: number; dir: string }): string[] => [
  ...['--port', String(port), '--bind', LOOPBACK, '--dir', dir],
  // Debian's default keeps nothing over a kill; an append-only file costs little here.
  ...['--appendonly', 'yes', '--save', ''],
  // Its file can be searched as it is.
  ...['--rdbcompression', 'no'],
];
