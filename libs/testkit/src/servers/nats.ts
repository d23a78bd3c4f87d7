import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { openDataDir } from './data-dir.js';
import { findBinary } from './find-binary.js';
import { LOOPBACK } from './free-port.js';
import { installServer } from './install-server.js';
import { exchange } from './line-protocol.js';
import { startServer, type PortOptions, type RunningServer } from './server-handle.js';
import type { ServerOptions } from './server-options.js';

const run = promisify(execFile);

/** Starts a nats-server with JetStream on 127.0.0.1; resolves when JetStream answers. */
export const startNats = async (options: ServerOptions & PortOptions = {}): Promise<RunningServer> => {
  const binary = findBinary('nats-server') ?? (await installServer('nats-server', options));
  const [dataDir, version] = await Promise.all([openDataDir(options.dataDir, 'nats'), versionOf(binary)]);
  const configFile = join(dataDir.path, 'nats-server.conf');
  return startServer(
    {
      name: 'nats-server',
      dataDir: dataDir.path,
      logFile: options.logFile ?? join(dataDir.path, 'nats-server.log'),
      stopSignal: 'SIGTERM',
      keeps: 'files',
      readyLine: /Server is ready/,
      prepare: async (port) => {
        await mkdir(dataDir.path, { recursive: true });
        await writeFile(configFile, natsConfig({ port, storeDir: dataDir.path, version }));
        return { file: binary, args: ['--config', configFile], env: process.env };
      },
      answers: async (port) => {
        await exchange(
          port,
          'CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB $JS.API.INFO answer 0\r\n\r\n',
          /^MSG answer/m,
        );
      },
      url: (port) => `nats://${LOOPBACK}:${port}`,
      cleanUp: () => dataDir.cleanUp(),
    },
    options,
    options.onLeftover,
  );
};

interface Version {
  readonly major: number;
  readonly minor: number;
}

const versionOf = async (binary: string): Promise<Version> => {
  const { stdout } = await run(binary, ['--version']);
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`${binary} names no version: ${stdout}`);
  return { major: Number(major), minor: Number(minor) };
};

const knowsSyncAlways = ({ major, minor }: Version): boolean => major > 2 || (major === 2 && minor >= 10);

/** The server's configuration. From 2.10 on it can be told to sync before it acknowledges. */
export const natsConfig = (settings: { port: number; storeDir: string; version: Version }): string =>
  [
    `listen: "${LOOPBACK}:${settings.port}"`,
    // A body of 1 MiB travels in an envelope.
    'max_payload: 8MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(settings.storeDir)}`,
    ...(knowsSyncAlways(settings.version) ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
