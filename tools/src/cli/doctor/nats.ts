import { DEAD_LETTERS_STREAM, EVENTS_STREAM } from '@baton/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

import type { Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, NotReached, ok, unknown, warning } from './check.js';

const OLDEST = [2, 9] as const;
/** From here on it can be told to sync before it acknowledges. */
const SYNCS = [2, 10] as const;
const MUCH_BEHIND = 10_000;

/** What carries the log: rebuilt where it is lost, but nothing moves while it is away. */
export const natsChecks = (around: Surroundings): Check[] => {
  const check = (name: string, look: (nats: NatsConnection) => Promise<Finding> | Finding): Check => ({
    area: 'NATS',
    name,
    look: () => withNats(around.natsUrl(), look),
  });
  return [
    { ...check('reachable', version), isDoor: true },
    check('JetStream', jetstream),
    check('streams', streams),
    check('consumers', consumers),
    check('sync_interval', (nats) => syncInterval(nats, around.env)),
  ];
};

const withNats = async <T>(url: string, work: (nats: NatsConnection) => Promise<T> | T): Promise<T> => {
  let nats: NatsConnection;
  try {
    nats = await connect({
      servers: url.split(','),
      name: 'baton-doctor',
      timeout: 15_000,
      reconnect: false,
      maxReconnectAttempts: 0,
    });
  } catch (error) {
    throw new NotReached(
      `it does not let us in: ${(error as Error).message}`,
      'look whether the server runs, and at NATS_URL',
      { cause: error },
    );
  }
  try {
    return await work(nats);
  } finally {
    await nats.close();
  }
};

const version = (nats: NatsConnection): Finding => {
  const name = nats.info?.version ?? '';
  return isFrom(name, OLDEST) ? ok(`version ${name}`) : failed(`version ${name}`, 'upgrade to 2.9 or later');
};

const isFrom = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

const jetstream = async (nats: NatsConnection): Promise<Finding> => {
  try {
    const { storage, limits, reserved_storage } = await (await jetstreamManager(nats)).getAccountInfo();
    const most = limits.max_storage;
    const said = `${megabytes(storage)} MB kept${most > 0 ? ` of ${megabytes(most)}` : ''}`;
    if (most > 0 && Math.max(storage, reserved_storage ?? 0) > 0.9 * most)
      return warning(said, 'raise the account’s max_storage: a full JetStream takes nothing more');
    return ok(said);
  } catch (error) {
    return failed(
      `it is not there (${(error as Error).message})`,
      'start nats-server with JetStream: --jetstream --store_dir <dir>',
    );
  }
};

const streams = async (nats: NatsConnection): Promise<Finding> => {
  const manager = await jetstreamManager(nats);
  const found: string[] = [];
  const missing: string[] = [];
  for (const name of [EVENTS_STREAM, DEAD_LETTERS_STREAM]) {
    try {
      const { state, config } = await manager.streams.info(name);
      found.push(`${name}: ${state.messages} messages, ${config.num_replicas} replicas`);
    } catch {
      missing.push(name);
    }
  }
  return missing.length > 0
    ? failed(`${missing.join(', ')}: not there`, 'the services make them: look why none is connected')
    : ok(found.join('; '));
};

const consumers = async (nats: NatsConnection): Promise<Finding> => {
  const manager = await jetstreamManager(nats);
  let count = 0;
  const behind: string[] = [];
  for await (const { name, num_pending } of manager.consumers.list(EVENTS_STREAM)) {
    count += 1;
    if (num_pending > MUCH_BEHIND) behind.push(`${name} by ${num_pending}`);
  }
  if (count === 0) return failed('none', 'the services make them: look why none is connected');
  return behind.length > 0
    ? warning(
        `far behind: ${behind.join(', ')}`,
        'add replicas of that service, or look into its log for what keeps it',
      )
    : ok(`${count}, none is more than ${MUCH_BEHIND} messages behind`);
};

/** A client cannot ask for it: the monitoring port can, where `NATS_MONITOR_URL` says where it is. */
const syncInterval = async (nats: NatsConnection, env: NodeJS.ProcessEnv): Promise<Finding> => {
  if (!isFrom(nats.info?.version ?? '', SYNCS))
    return ok(
      'this version cannot be told to sync at once: what a power cut takes is published again from PostgreSQL',
    );
  const monitor = env['NATS_MONITOR_URL'];
  if (!monitor)
    return unknown(
      'not to be seen through a client',
      'set NATS_MONITOR_URL to its monitoring port (http_port) to look',
    );
  const answer = await fetch(new URL('/jsz?config=1', monitor), { signal: AbortSignal.timeout(15_000) });
  const { config } = (await answer.json()) as { config?: { sync_always?: boolean } };
  return config?.sync_always
    ? ok('always')
    : warning(
        'not always: a power cut may take the last messages, which are then published again',
        'set jetstream { sync_interval: always }',
      );
};

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
