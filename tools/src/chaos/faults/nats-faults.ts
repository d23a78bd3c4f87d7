import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { EVENTS_STREAM } from '@baton/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

import { type ChaosSystem, DEDUP_WINDOW_SECONDS } from '../system.js';
import { type Fault, pause, type Reach, within } from './fault.js';

const BACK_MS = 60_000;

/** A connection of its own: what is held up here holds up nobody. */
export const withNats = async <T>(
  system: ChaosSystem,
  work: (nats: NatsConnection) => Promise<T>,
): Promise<T | undefined> => {
  let nats: NatsConnection | undefined;
  try {
    nats = await connect({ servers: system.nats.url, timeout: 3_000, reconnect: false });
    return await work(nats);
  } catch {
    return undefined;
  } finally {
    await nats?.close().catch(() => undefined);
  }
};

const epochOf = (system: ChaosSystem): Promise<string | undefined> =>
  withNats(
    system,
    async (nats) => (await (await jetstreamManager(nats)).streams.info(EVENTS_STREAM)).created,
  );

/** The stream is there again, and it is another one: what was in it is gone. */
const isReborn = (system: ChaosSystem, before: string | undefined): Promise<boolean> =>
  within(BACK_MS, async () => {
    const now = await epochOf(system);
    return now !== undefined && now !== before;
  });

export const natsKilled: Fault = {
  kind: 'NATS killed',
  plan: 'F-4',
  lane: 'servers',
  strike: async ({ system: { nats } }) => {
    const { pid } = nats;
    nats.kill('SIGKILL');
    return (await within(BACK_MS, () => nats.running && nats.pid !== pid)) ? `${pid}` : undefined;
  },
};

export const natsFrozen: Fault = {
  kind: 'NATS frozen',
  plan: 'F-2',
  lane: 'servers',
  strike: async ({ system: { nats } }, random) => {
    const { pid } = nats;
    const ms = random.int(1_000, 6_000);
    nats.kill('SIGSTOP');
    await pause(ms);
    nats.kill('SIGCONT');
    return nats.pid === pid ? `${ms} ms` : undefined;
  },
};

export const natsDownLong: Fault = {
  kind: 'NATS down past the dedup window',
  plan: 'F-4',
  lane: 'servers',
  strike: async ({ system }, random) => {
    const { nats } = system;
    await system.down(nats);
    const ms = DEDUP_WINDOW_SECONDS * 1000 + random.int(500, 3_000);
    await pause(ms);
    const wasDown = !nats.running;
    await nats.ensureRunning();
    return wasDown ? `${ms} ms` : undefined;
  },
};

export const natsEmptied: Fault = {
  kind: "JetStream's data deleted",
  plan: 'F-4',
  lane: 'servers',
  strike: async ({ system }) => {
    const { nats } = system;
    const before = await epochOf(system);
    await system.down(nats);
    await rm(join(nats.dataDir, 'jetstream'), { recursive: true, force: true });
    await nats.ensureRunning();
    return (await isReborn(system, before)) ? 'another stream' : undefined;
  },
};

export const natsPowerCut: Fault = {
  kind: 'power cut of JetStream',
  plan: 'F-5',
  lane: 'servers',
  isImpossible: ({ disks }) => disks.nats === undefined,
  strike: async ({ system }) => {
    const { nats, disks } = system;
    if (!nats.running) return undefined;
    const { pid } = nats;
    nats.kill('SIGSTOP');
    const left = await disks.nats?.snapshot();
    await system.down(nats);
    await disks.nats?.replaceBy(left ?? '');
    await nats.ensureRunning();
    return nats.pid === pid ? undefined : `${pid}`;
  },
};

export const streamDeleted: Fault = {
  kind: 'the stream deleted',
  plan: 'F-4',
  lane: 'servers',
  strike: async ({ system }) => {
    const before = await epochOf(system);
    const isDeleted = await withNats(system, async (nats) =>
      (await jetstreamManager(nats)).streams.delete(EVENTS_STREAM),
    );
    return isDeleted && (await isReborn(system, before)) ? 'another stream' : undefined;
  },
};

const consumersOf = (system: ChaosSystem): Promise<string[] | undefined> =>
  withNats(system, async (nats) => {
    const names: string[] = [];
    for await (const { name } of (await jetstreamManager(nats)).consumers.list(EVENTS_STREAM))
      names.push(name);
    return names;
  });

export const consumerDeleted: Fault = {
  kind: 'a consumer deleted',
  plan: 'F-4',
  lane: 'servers',
  strike: async ({ system }, random) => {
    const durable = ((await consumersOf(system)) ?? []).filter((name) => /^[a-z]+(-[a-z]+)+$/.test(name));
    if (durable.length === 0) return undefined;
    const name = random.pick(durable);
    await withNats(system, async (nats) =>
      (await jetstreamManager(nats)).consumers.delete(EVENTS_STREAM, name),
    );
    const isBack = await within(BACK_MS, async () => ((await consumersOf(system)) ?? []).includes(name));
    return isBack ? name : undefined;
  },
};

/** Messages that nobody was given: consumers find them in the log. */
export const deliveriesDropped: Fault = {
  kind: 'deliveries dropped',
  plan: 'F-9',
  lane: 'servers',
  strike: async ({ system }: Reach) => {
    const purged = await withNats(system, async (nats) => {
      const manager = await jetstreamManager(nats);
      const waiting = [];
      for await (const { num_pending, num_ack_pending } of manager.consumers.list(EVENTS_STREAM))
        waiting.push(num_pending + num_ack_pending);
      const { purged: count } = await manager.streams.purge(EVENTS_STREAM);
      return { count, waiting: waiting.reduce((sum, each) => sum + each, 0) };
    });
    return purged && purged.count > 0
      ? `${purged.count} purged, ${purged.waiting} of them unhandled`
      : undefined;
  },
};
