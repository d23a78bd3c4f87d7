import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  filesBelow,
  findFreePort,
  isPortFree,
  knownSecrets,
  type RunningServer,
  scanForSecrets,
} from '@baton/testkit';

import { bringServers, type BackingServer, type BackingServers, type ServerName } from './backing-servers.js';
import { findCheckout, serviceScript } from './checkout.js';
import { lockDataDir, type DataDirLock } from './data-dir-lock.js';
import { keepRunning, type Watch } from './keep-running.js';
import { LogWatch } from './log-watch.js';
import { migrate, migrateAll } from './migrations.js';
import { rootSecret, tokenKeys } from './secrets.js';
import { forgetServers, noteServers } from './server-note.js';
import {
  forwardedEnvironment,
  LOOPBACK,
  SERVICE_NAMES,
  serviceEnvironment,
  type ServiceName,
} from './service-environment.js';
import { ServiceProcess } from './service-process.js';

export interface SystemOptions {
  readonly dataDir: string;
  /** Forwarded to the services, and where `DATABASE_URL`, `NATS_URL`, `REDIS_URL` and `PORT` are read. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether gateway and servers take the ports that people expect them on, where those are free. */
  readonly usualPorts: boolean;
  /** Whether what dies is started again. */
  readonly restartDead: boolean;
  /** How long what keeps dying waits for its next life at most; ten seconds unless told. */
  readonly longestRestartDelayMs?: number;
  /** More environment for single services, in each life. */
  readonly serviceEnv?: Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>;
  /** More environment for single services, in their first life only. */
  readonly firstLifeEnv?: Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>;
  /** Hears what is going on, line by line. */
  readonly say: (line: string) => void;
  readonly checkout?: string;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

type OwnServer = BackingServer & { readonly own: RunningServer };

const USUAL_GATEWAY_PORT = 3000;

/** Everything that Baton is made of, running: three servers and five services, each a process of its own. */
export class BatonSystem {
  private readonly replicas: ServiceProcess[] = [];

  private constructor(
    private readonly options: SystemOptions,
    readonly checkout: string,
    private readonly lock: DataDirLock,
    readonly servers: BackingServers,
    readonly services: Readonly<Record<ServiceName, ServiceProcess>>,
    private readonly secret: string,
    private readonly watches: (Watch | LogWatch)[],
  ) {}

  /** Starts everything and resolves when every service is ready. When that fails, whatever was started is stopped. */
  static async start(options: SystemOptions): Promise<BatonSystem> {
    const { dataDir } = options;
    mkdirSync(dataDir, { recursive: true });
    // PostgreSQL runs as another user where we are root, and must be able to pass through.
    chmodSync(dataDir, 0o711);
    const lock = await lockDataDir(dataDir);
    try {
      return await BatonSystem.startLocked(options, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private static async startLocked(options: SystemOptions, lock: DataDirLock): Promise<BatonSystem> {
    const checkout = options.checkout ?? findCheckout();
    const { env, dataDir, usualPorts, say } = options;
    // A port that cannot be had is better known before anything runs.
    if (env['PORT']) await gatewayPort(options);
    const servers = await bringServers({ dataDir, urls: givenServers(env), usualPorts, say });
    const secret = rootSecret(dataDir, env);
    const services = Object.fromEntries(
      SERVICE_NAMES.map((name) => [name, serviceProcess(name, { options, checkout, servers, secret })]),
    ) as Record<ServiceName, ServiceProcess>;
    const system = new BatonSystem(options, checkout, lock, servers, services, secret, []);
    const abort = (): void => void system.stopServices();
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      await system.run();
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.services.gateway.port}`;
  }

  /** What a service has logged, in this and earlier runs on the data directory. */
  logs(service: ServiceName): string {
    return readFileSync(this.services[service].logFile, 'utf8');
  }

  /** Brings one service's schema up to date with its present build. */
  migrate(service: ServiceName): Promise<void> {
    return migrate(service, this.migrationOptions());
  }

  /** Starts one more process of a service beside the first; it is stopped with everything else. */
  async addReplica(name: ServiceName): Promise<ServiceProcess> {
    const { options, checkout, servers, secret } = this;
    const replica = serviceProcess(
      name,
      { options, checkout, servers, secret },
      `${name}-${this.replicas.length + 2}`,
    );
    this.replicas.push(replica);
    await this.startService(replica);
    return replica;
  }

  /** Lets the services finish what they have, then stops the servers that are ours. */
  async stop(): Promise<void> {
    forgetServers(this.options.dataDir);
    this.closeWatches();
    await this.stopServices();
    await scanForSecrets('logs', async (scan) => {
      for (const log of await filesBelow(join(this.options.dataDir, 'logs')))
        await scan.stream(log.name, log.read());
    });
    await Promise.all(this.ownServers().map(({ own }) => own.stop()));
    this.lock.release();
  }

  /** Ends everything at once. */
  kill(): void {
    forgetServers(this.options.dataDir);
    this.closeWatches();
    for (const service of this.processes()) service.killForGood();
    // PostgreSQL's immediate shutdown takes its children with it, SIGKILL would not.
    for (const { name, own } of this.ownServers()) own.kill(name === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
    this.lock.release();
  }

  private async stopServices(): Promise<void> {
    await Promise.all(this.processes().map((service) => service.stop()));
  }

  private processes(): ServiceProcess[] {
    return [...Object.values(this.services), ...this.replicas];
  }

  private async run(): Promise<void> {
    const { restartDead, longestRestartDelayMs, say, signal } = this.options;
    signal?.throwIfAborted();
    if (restartDead) {
      for (const { own } of this.ownServers())
        this.watches.push(keepRunning(own, say, longestRestartDelayMs));
    }
    const migrated = await migrateAll(this.migrationOptions());
    say(migrated ? 'The database schemas are up to date' : 'The database schemas are as they were');
    signal?.throwIfAborted();
    await Promise.all(Object.values(this.services).map((service) => this.startService(service)));
    const urls = Object.values(this.services).map(({ name, url }) => [name, url] as const);
    noteServers(this.options.dataDir, this.servers, Object.fromEntries(urls));
  }

  private async startService(service: ServiceProcess): Promise<void> {
    const { say } = this.options;
    this.watches.push(new LogWatch(service.logFile, (line) => say(`${service.name}: ${line}`)));
    await service.start();
    say(`baton-${service.name} is ready`);
  }

  private migrationOptions(): Parameters<typeof migrateAll>[0] {
    const { own, url } = this.servers.postgres;
    const { signal } = this.options;
    return {
      checkout: this.checkout,
      adminUrl: url,
      env: forwardedEnvironment(this.options.env),
      // Another's database may have been emptied since; ours goes with the folder that the note lies in.
      ...(own ? { noteFile: join(own.dataDir, 'migrated') } : {}),
      ...(signal ? { signal } : {}),
    };
  }

  private ownServers(): OwnServer[] {
    return Object.values(this.servers).filter((server): server is OwnServer => server.own !== undefined);
  }

  private closeWatches(): void {
    for (const watch of this.watches.splice(0)) watch.close();
  }
}

const givenServers = (env: NodeJS.ProcessEnv): Partial<Record<ServerName, string>> => {
  const variables = { postgres: env['DATABASE_URL'], nats: env['NATS_URL'], redis: env['REDIS_URL'] };
  return Object.fromEntries(Object.entries(variables).filter(([, url]) => url));
};

const serviceProcess = (
  name: ServiceName,
  context: { options: SystemOptions; checkout: string; servers: BackingServers; secret: string },
  fileName: string = name,
): ServiceProcess => {
  const { options, checkout, servers, secret } = context;
  const isGateway = name === 'gateway';
  const env = serviceEnvironment(name, {
    env: forwardedEnvironment(options.env),
    servers,
    secret,
    tokenKeys: tokenKeys(options.dataDir, options.env),
  });
  knownSecrets.addEnvironment({ ...env, ...options.serviceEnv?.[name], ...options.firstLifeEnv?.[name] });
  return new ServiceProcess({
    name,
    script: serviceScript(checkout, name, 'main'),
    cwd: checkout,
    logFile: join(options.dataDir, 'logs', `${fileName}.log`),
    pidFile: join(options.dataDir, 'run', `${fileName}.json`),
    host: LOOPBACK,
    env: { ...env, ...options.serviceEnv?.[name] },
    firstLifeEnv: options.firstLifeEnv?.[name] ?? {},
    portVariable: isGateway ? 'PORT' : 'BATON_SERVICE_PORT',
    choosePort: isGateway ? () => gatewayPort(options) : findFreePort,
    restartDead: options.restartDead,
    longestRestartDelayMs: options.longestRestartDelayMs,
    say: options.say,
  });
};

/** `PORT` and no other where it is set; else the usual one or the next that is free. */
const gatewayPort = async ({ env, usualPorts }: SystemOptions): Promise<number> => {
  const host = env['BATON_HOST'] || LOOPBACK;
  if (env['PORT']) {
    const port = Number(env['PORT']);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`PORT: "${env['PORT']}" is no port`);
    if (!(await isPortFree(port, host))) throw new Error(`PORT: ${port} is taken by another program`);
    return port;
  }
  if (!usualPorts) return findFreePort();
  let port = USUAL_GATEWAY_PORT;
  while (!(await isPortFree(port, host))) port += 1;
  return port;
};
