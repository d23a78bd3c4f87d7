import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  BatonSystem,
  findCheckout,
  keepRunning,
  SERVICE_NAMES,
  type ServiceName,
  type ServiceProcess,
} from '@baton/system';
import { ensureDatabase, type RunningServer, startPostgres } from '@baton/testkit';
import pg from 'pg';

import { Clocks } from './servers/clocks.js';
import { BusTap } from './servers/bus-tap.js';
import { CommitProxy } from './servers/commit-proxy.js';
import { LoopDisk } from './servers/loop-disk.js';
import { ChaosModel } from './servers/model.js';
import { ToolServer } from './servers/tool-server.js';
import type { Random } from './random.js';

export interface ChaosSystemOptions {
  readonly dataDir: string;
  readonly random: Random;
  readonly say: (line: string) => void;
  /** Disks whose power can be cut; a run without them uses the plain folder. */
  readonly withDisks: boolean;
  readonly withClocks: boolean;
  readonly replicas: readonly ServiceName[];
  /** Another copy of the built packages, for mutants. */
  readonly checkout?: string;
  readonly serviceEnv?: Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>;
}

interface Disks {
  readonly postgres?: LoopDisk;
  readonly nats?: LoopDisk;
}

interface Parts {
  readonly options: ChaosSystemOptions;
  readonly baton: BatonSystem;
  readonly postgres: RunningServer;
  readonly disks: Disks;
  readonly proxy: CommitProxy;
  readonly model: ChaosModel;
  readonly tools: ToolServer;
  readonly tap: BusTap;
  readonly admin: pg.Pool;
  readonly clocks: Clocks | undefined;
  readonly replicas: readonly ServiceProcess[];
  readonly undo: (() => Promise<unknown> | void)[];
}

export const API_KEY = 'chaos-key';
export const DEDUP_WINDOW_SECONDS = 5;
const WORKFLOW = 'chaos_turn';
/** So often killed things come back quickly: the harness is about what they find, not about waiting. */
const LONGEST_RESTART_MS = 1_000;

/** A whole Baton as people run it, on servers that can be hurt, with a model and a tool server that lie on request. */
export class ChaosSystem {
  readonly services: ServiceProcess[];
  readonly options: ChaosSystemOptions;
  readonly baton: BatonSystem;
  readonly postgres: RunningServer;
  readonly disks: Disks;
  readonly proxy: CommitProxy;
  readonly model: ChaosModel;
  readonly tools: ToolServer;
  readonly tap: BusTap;
  readonly clocks: Clocks | undefined;

  private constructor(private readonly parts: Parts) {
    ({ options: this.options, baton: this.baton, postgres: this.postgres, disks: this.disks } = parts);
    ({ proxy: this.proxy, model: this.model, tools: this.tools, tap: this.tap, clocks: this.clocks } = parts);
    this.services = [...Object.values(parts.baton.services), ...parts.replicas];
  }

  static async start(options: ChaosSystemOptions): Promise<ChaosSystem> {
    const undo: (() => Promise<unknown> | void)[] = [];
    try {
      return await ChaosSystem.startAll(options, undo);
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  /** @param undo what ends that which was started, the latest last */
  private static async startAll(
    options: ChaosSystemOptions,
    undo: (() => Promise<unknown> | void)[],
  ): Promise<ChaosSystem> {
    const { dataDir, random, say } = options;
    mkdirSync(join(dataDir, 'crash'), { recursive: true });
    await chmod(dataDir, 0o711);
    const disks = options.withDisks ? await createDisks(dataDir) : {};
    undo.push(async () => Promise.all([disks.postgres?.remove(), disks.nats?.remove()]));
    if (options.withDisks && !disks.postgres) say('no loop devices here: no power cuts, no full disk');
    const postgres = await startPostgres({
      dataDir: join(dataDir, 'postgres'),
      logFile: join(dataDir, 'postgres.log'),
    });
    undo.push(() => postgres.stop());
    const databaseUrl = await ensureDatabase(postgres.url, 'baton');
    const [proxy, model, tools] = await Promise.all([
      CommitProxy.start(databaseUrl),
      ChaosModel.start(random.fork('model')),
      ToolServer.start(),
    ]);
    undo.push(async () => Promise.all([proxy.stop(), model.server.stop(), tools.stop()]));
    const clocks = options.withClocks ? Clocks.find(join(dataDir, 'clocks')) : undefined;
    if (options.withClocks && !clocks) say('no libfaketime here: no skewed clocks');
    const baton = await BatonSystem.start({
      dataDir,
      usualPorts: false,
      restartDead: true,
      longestRestartDelayMs: LONGEST_RESTART_MS,
      say,
      ...(options.checkout && { checkout: options.checkout }),
      env: environment({ dataDir, proxy, model, tools }),
      serviceEnv: Object.fromEntries(
        SERVICE_NAMES.map((name) => [name, { ...clocks?.environment(name), ...options.serviceEnv?.[name] }]),
      ),
    });
    undo.push(() => baton.stop());
    const watch = keepRunning(postgres, say, LONGEST_RESTART_MS);
    undo.push(() => watch.close());
    const replicas: ServiceProcess[] = [];
    for (const name of options.replicas) replicas.push(await baton.addReplica(name));
    const admin = new pg.Pool({
      connectionString: databaseUrl,
      max: 4,
      // A server in trouble must not hold up the harness that heals it.
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    });
    admin.on('error', () => undefined);
    const tap = await BusTap.start(baton.servers.nats.url);
    undo.push(async () => Promise.all([tap.stop(), admin.end()]));
    return new ChaosSystem({
      options,
      baton,
      postgres,
      disks,
      proxy,
      model,
      tools,
      tap,
      admin,
      clocks,
      replicas,
      undo,
    });
  }

  get nats(): RunningServer {
    return owned(this.baton.servers.nats.own);
  }

  get redis(): RunningServer {
    return owned(this.baton.servers.redis.own);
  }

  /** One statement as the superuser, past the proxy and past every policy. */
  async sql<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.parts.admin.query<Row>(text, values as unknown[])).rows;
  }

  /** Arms a process that runs: `CRASH_AT=name:n` and the like. False where it is gone meanwhile. */
  arm(service: ServiceProcess, setting: string): boolean {
    try {
      writeFileSync(this.crashFile(service.pid, 'arm'), `${setting}\n`);
      service.kill('SIGUSR2');
      return true;
    } catch {
      return false;
    }
  }

  /** What a process noted of its crash points; empty where it noted nothing. */
  notes(pid: number, kind: 'passed' | 'hit'): string[] {
    const file = this.crashFile(pid, kind);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** When a process was last hit at a crash point: epoch milliseconds. */
  async hitAt(pid: number): Promise<number> {
    return (await stat(this.crashFile(pid, 'hit'))).mtimeMs;
  }

  /** Every crash point that any process passed in this run. */
  passedPoints(): Set<string> {
    const folder = join(this.options.dataDir, 'crash');
    const files = readdirSync(folder).filter((file) => file.endsWith('.passed'));
    return new Set(files.flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n')));
  }

  /** Stops a server that is ours for good, until `ensureRunning`: nobody starts it again meanwhile. */
  async down(server: RunningServer): Promise<void> {
    const stopped = server.stop();
    server.kill('SIGKILL');
    await stopped;
  }

  async stop(): Promise<void> {
    for (const step of this.parts.undo.reverse()) await step();
  }

  private crashFile(pid: number, kind: string): string {
    return join(this.options.dataDir, 'crash', `${pid}.${kind}`);
  }
}

const createDisks = async (dataDir: string): Promise<Disks> => {
  const [postgres, nats] = await Promise.all([
    LoopDisk.create(dataDir, 'postgres', 6_000),
    LoopDisk.create(dataDir, 'nats', 2_000),
  ]);
  return { ...(postgres && { postgres }), ...(nats && { nats }) };
};

const owned = (server: RunningServer | undefined): RunningServer => {
  if (!server) throw new Error('The harness hurts only servers of its own');
  return server;
};

const environment = (parts: {
  dataDir: string;
  proxy: CommitProxy;
  model: ChaosModel;
  tools: ToolServer;
}): NodeJS.ProcessEnv => {
  const workflows = join(parts.dataDir, 'workflows');
  mkdirSync(workflows, { recursive: true });
  const source = join(findCheckout(), 'tools', 'src', 'chaos', 'workflows', `${WORKFLOW}.yaml`);
  writeFileSync(
    join(workflows, `${WORKFLOW}.yaml`),
    readFileSync(source, 'utf8').replace('TOOL_ADDRESS', parts.tools.address),
  );
  return {
    PATH: process.env['PATH'],
    ...(process.env['BATON_COVERAGE_DIR'] && { NODE_V8_COVERAGE: process.env['BATON_COVERAGE_DIR'] }),
    DATABASE_URL: parts.proxy.url,
    BATON_API_KEY: API_KEY,
    BATON_WORKFLOWS_DIR: workflows,
    BATON_DEFAULT_WORKFLOW: WORKFLOW,
    BATON_HTTP_ALLOW: parts.tools.address,
    OPENAI_BASE_URL: parts.model.server.openAiUrl,
    OPENAI_API_KEY: 'chaos',
    BATON_MODEL_FAST: 'openai/chaos',
    BATON_MODEL_SMART: 'openai/chaos',
    BATON_MODEL_EMBEDDING: 'openai/chaos-embedding',
    BATON_DEDUP_WINDOW_SECONDS: String(DEDUP_WINDOW_SECONDS),
    BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
    BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
    BATON_WRAP_UP_SECONDS: '0',
    BATON_MISSED_OFFERS_LIMIT: '100',
    CRASH_CONTROL: join(parts.dataDir, 'crash'),
    LOG_LEVEL: 'warn',
  };
};
