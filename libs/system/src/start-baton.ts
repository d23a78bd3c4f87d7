import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BackingServers } from './backing-servers.js';
import { BatonSystem, type SystemOptions } from './baton-system.js';
import type { ServiceName } from './service-environment.js';
import type { ServiceProcess } from './service-process.js';
import { copySystemTemplate } from './system-template.js';

export interface StartBatonOptions {
  /** Added to the environment of every service; `DATABASE_URL`, `NATS_URL`, `REDIS_URL` name servers to use. */
  readonly env?: NodeJS.ProcessEnv;
  /** More environment for single services in their first life: a crash point that the next life must survive. */
  readonly firstLifeEnv?: SystemOptions['firstLifeEnv'];
  /** Kept when `stop` is called; a temporary one is removed. */
  readonly dataDir?: string;
  /** Whether what dies is started again, as `npm start` does. True unless said otherwise. */
  readonly restartDead?: boolean;
  /** Hears progress and the services' warnings; nobody does unless given. */
  readonly say?: (line: string) => void;
}

/** A whole Baton for a test: everything as `npm start` runs it, on free ports and data of its own. */
export interface RunningBaton {
  readonly url: string;
  /** The default tenant's key, all scopes. */
  readonly apiKey: string;
  readonly dataDir: string;
  readonly servers: BackingServers;
  readonly services: Readonly<Record<ServiceName, ServiceProcess>>;
  logs(service: ServiceName): string;
  /** One more process of a service, beside the one that runs. */
  addReplica(service: ServiceName): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

/** What a test runner sets and its children should not take for theirs. */
const OF_THE_RUNNER = [
  ...['NODE_ENV', 'NODE_OPTIONS', 'DATABASE_URL', 'NATS_URL', 'REDIS_URL', 'PORT'],
  'BATON_SYSTEM_TEMPLATE',
];

/** Starts a whole Baton from the built packages; resolves when all of it is ready. */
export const startBaton = async (options: StartBatonOptions = {}): Promise<RunningBaton> => {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'baton-system-'));
  const removeData = (): void => {
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !OF_THE_RUNNER.includes(name)),
  );
  const coverage = process.env['BATON_COVERAGE_DIR'];
  const env = {
    BATON_API_KEY: 'dev-key',
    ...inherited,
    // Services that end in good order leave what they ran through there.
    ...(coverage && { NODE_V8_COVERAGE: coverage }),
    ...options.env,
  };
  const template = process.env['BATON_SYSTEM_TEMPLATE'];
  try {
    if (template && options.dataDir === undefined && !options.env?.['DATABASE_URL'])
      await copySystemTemplate(template, dataDir);
    const system = await BatonSystem.start({
      dataDir,
      env,
      usualPorts: false,
      restartDead: options.restartDead ?? true,
      firstLifeEnv: options.firstLifeEnv ?? {},
      say: options.say ?? (() => undefined),
    });
    return {
      url: system.url,
      apiKey: env.BATON_API_KEY,
      dataDir,
      servers: system.servers,
      services: system.services,
      logs: (service) => system.logs(service),
      addReplica: (service) => system.addReplica(service),
      stop: () => system.stop().finally(removeData),
    };
  } catch (error) {
    removeData();
    throw error;
  }
};
