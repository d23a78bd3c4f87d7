import { EVENTS_STREAM, type RecordedEvent, subjects } from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { Controller } from '@nestjs/common';

import type { BusApp } from './bus-app.fixture.js';
import { JetStreamCluster } from './jetstream-cluster.fixture.js';

// Read once, when the module is.
process.env['BATON_JETSTREAM_REPLICAS'] = '3';
const { conversationEvent, startBusApp } = await import('./bus-app.fixture.js');
const { HandleEvents } = await import('./decorators.js');

const seen: string[] = [];

@Controller()
class Remembers {
  @HandleEvents({ consumer: 'remembers', subject: subjects.eventsOf('conversation') })
  handle(event: RecordedEvent) {
    seen.push(event.event_id);
  }
}

const PATIENCE = { timeoutMs: 60_000 };

/** As everyone asks a cluster: again, while it elects who answers. */
const patiently = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
  let answer: T | undefined;
  const isAnswered = async (): Promise<boolean> => {
    answer = await ask();
    return true;
  };
  await waitFor(() => isAnswered().catch(() => false), { what, ...PATIENCE });
  return answer as T;
};

describe('a JetStream cluster of three', () => {
  let cluster: JetStreamCluster;
  let app: BusApp;

  beforeAll(async () => {
    cluster = await JetStreamCluster.start(3);
    app = await startBusApp('remembers', cluster.urls, [Remembers]);
    await patiently('the streams', () => app.bus.streamEpoch());
  }, 120_000);

  afterAll(async () => {
    await app?.close();
    await cluster?.stop();
    delete process.env['BATON_JETSTREAM_REPLICAS'];
  });

  /** As the relay does: until the cluster has it. */
  const publish = (version: number): Promise<unknown> =>
    patiently(`event ${version} to be kept`, () => app.bus.publishEvent(conversationEvent(version)));

  it('keeps every stream three times, and loses nothing with one node while events come', async () => {
    const epoch = await patiently('the epoch', () => app.bus.streamEpoch());
    const manager = await jetstreamManager(app.bus.nats, { checkAPI: false });
    const { config, cluster: where } = await patiently('the leader', () =>
      manager.streams.info(EVENTS_STREAM),
    );
    expect(config.num_replicas).toBe(3);

    for (let version = 1; version <= 20; version += 1) await publish(version);
    // The one that leads, which hurts most.
    await cluster.kill(String(where?.leader));
    for (let version = 21; version <= 40; version += 1) await publish(version);

    const all = Array.from({ length: 40 }, (_, index) => `evt_conv_1_${index + 1}`);
    await waitFor(() => new Set(seen).size === 40, { what: 'every event', ...PATIENCE });
    expect([...new Set(seen)].sort()).toEqual(all.sort());
    expect(await patiently('the epoch', () => app.bus.streamEpoch())).toBe(epoch);
  }, 180_000);
});
