import {
  type RunningBaton,
  SERVICE_NAMES,
  type ServiceName,
  type ServiceProcess,
  startBaton,
} from '@baton/system';

import { WriteCounters } from './counters.js';
import { type Load, type Measured, measure } from './measure.js';

export interface ScaleOptions {
  /** How many of each service, one measurement after the other. */
  readonly steps: readonly number[];
  readonly load: Load;
  /** The model, as `OPENAI_BASE_URL`. */
  readonly modelUrl: string;
  /** A folder with the workflow `bench_turn`. */
  readonly workflows: string;
  readonly say: (line: string) => void;
}

/** Twenty processes share PostgreSQL's connections. */
const POOL_SIZE = '4';

/** One Baton, made larger and smaller between measurements: all of them see the same machine, servers and data. */
export const runScale = async (options: ScaleOptions): Promise<readonly Measured[]> => {
  const { steps, load, say } = options;
  const baton = await startBaton({
    restartDead: false,
    env: {
      OPENAI_BASE_URL: options.modelUrl,
      OPENAI_API_KEY: 'scale',
      BATON_MODEL_FAST: 'openai/instant',
      BATON_MODEL_SMART: 'openai/instant',
      BATON_MODEL_EMBEDDING: 'openai/instant-embedding',
      BATON_WORKFLOWS_DIR: options.workflows,
      BATON_DEFAULT_WORKFLOW: 'bench_turn',
      BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
      BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND: '1000000',
      BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
      DATABASE_POOL_SIZE: POOL_SIZE,
      LOG_LEVEL: 'warn',
    },
  });
  const writes = new WriteCounters(baton.servers.postgres.url);
  const replicas = new Map<ServiceName, ServiceProcess[]>(
    SERVICE_NAMES.map((name) => [name, [baton.services[name]]]),
  );
  try {
    const measured: Measured[] = [];
    for (const [index, count] of steps.entries()) {
      await resize(baton, replicas, count);
      say(`${count} of each service`);
      measured.push(await measure(baton, replicas, writes, { prefix: `scale${index}`, load }));
    }
    return measured;
  } finally {
    await writes.end();
    await baton.stop();
  }
};

const resize = async (
  baton: RunningBaton,
  replicas: Map<ServiceName, ServiceProcess[]>,
  count: number,
): Promise<void> => {
  for (const processes of replicas.values()) {
    const [first] = processes;
    while (first && processes.length < count) processes.push(await baton.addReplica(first.name));
    while (processes.length > count) await processes.pop()?.stop();
  }
};
