import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { EVENTS_STREAM, type RecordedEvent, subjects } from '@baton/contracts';
import { type RunningServer, startNats, waitFor } from '@baton/testkit';
import { jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { Controller } from '@nestjs/common';

import { type BusApp, conversationEvent, startBusApp } from './bus-app.fixture.js';
import { HandleEvents } from './decorators.js';

const seen: string[] = [];
let hold: Promise<void> | undefined;

@Controller()
class Remembers {
  @HandleEvents({ consumer: 'remembers', subject: subjects.eventsOf('conversation') })
  async handle(event: RecordedEvent) {
    seen.push(event.event_id);
    await hold;
  }
}

describe('when NATS', () => {
  let nats: RunningServer;
  let app: BusApp;
  let pokes: unknown[];

  const publish = (version: number): Promise<void> => app.bus.publishEvent(conversationEvent(version));
  const stopNats = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => nats.onUnexpectedExit(() => resolve()));
    nats.kill('SIGKILL');
    await gone;
  };
  const loseEverything = async (): Promise<void> => {
    await stopNats();
    await rm(join(nats.dataDir, 'jetstream'), { recursive: true, force: true });
    await nats.restart();
  };

  beforeEach(async () => {
    seen.length = 0;
    hold = undefined;
    pokes = [];
    nats = await startNats();
    app = await startBusApp('remembers', nats.url, [Remembers]);
    app.bus.subscribe(subjects.catchUpPoke, (payload) => pokes.push(payload));
    await app.bus.streamEpoch();
    await publish(1);
    await waitFor(() => seen.length === 1, { what: 'the first event' });
  });

  afterEach(async () => {
    await app?.close();
    await nats?.stop();
  });

  it('is killed and comes back, events go on and the epoch stays', async () => {
    const epoch = await app.bus.streamEpoch();
    nats.kill('SIGKILL');
    await waitFor(() => !app.bus.connected, { what: 'the loss to be noticed' });
    await expect(publish(2)).rejects.toMatchObject({ code: 'unavailable' });
    await nats.restart();
    await waitFor(() => app.bus.connected, { what: 'the connection' });
    await publish(2);
    await waitFor(() => seen.includes('evt_conv_1_2'), { what: 'the second event' });
    expect(await app.bus.streamEpoch()).toBe(epoch);
    expect(seen.filter((id) => id === 'evt_conv_1_1')).toHaveLength(1);
  });

  it('comes back after the clock was set back by an hour, it is found as soon as ever', async () => {
    const ahead = jest.spyOn(Date, 'now').mockImplementation(() => new Date().getTime() + 3_600_000);
    nats.kill('SIGKILL');
    await waitFor(() => !app.bus.connected, { what: 'the loss to be noticed' });
    const until = performance.now() + 1500;
    await waitFor(() => performance.now() > until, { what: 'some attempts to be made' });
    ahead.mockRestore();
    await nats.restart();
    await waitFor(() => app.bus.connected, { what: 'the connection', timeoutMs: 30_000 });
  });

  it('is restarted under a running handler, the event is not handled twice and is then settled', async () => {
    let finish = (): void => undefined;
    hold = new Promise((resolve) => (finish = resolve));
    await publish(2);
    await waitFor(() => seen.length === 2, { what: 'the handler to begin' });
    await nats.restart();
    const manager = await waitFor(() => (app.bus.connected ? jetstreamManager(app.bus.nats) : undefined), {
      what: 'NATS',
    });
    const consumer = () => manager.consumers.info(EVENTS_STREAM, 'remembers');
    const until = performance.now() + 11_000;
    await waitFor(() => performance.now() > until, { what: 'ack_wait to pass', timeoutMs: 15_000 });
    expect(seen).toEqual(['evt_conv_1_1', 'evt_conv_1_2']);
    finish();
    await waitFor(async () => (await consumer()).num_ack_pending === 0, { what: 'the acknowledgement' });
    expect(seen).toHaveLength(2);
  });

  it('comes back without its data, the stream and the consumer are made again and everyone is told', async () => {
    const epoch = await app.bus.streamEpoch();
    pokes.length = 0;
    await loseEverything();
    await waitFor(() => pokes.length > 0, { what: 'the poke' });
    const next = await app.bus.streamEpoch();
    expect(next).not.toBe(epoch);
    expect(pokes[0]).toEqual({ epoch: next });
    await publish(1);
    await waitFor(() => seen.length === 2, { what: 'the event that was published again' });
    expect(seen).toEqual(['evt_conv_1_1', 'evt_conv_1_1']);
  });

  it('comes back with less than it had acknowledged, the stream is made anew though its age is the same', async () => {
    const kept = join(nats.dataDir, 'kept');
    const jetstreamDir = join(nats.dataDir, 'jetstream');
    await nats.restart();
    await cp(jetstreamDir, kept, { recursive: true });
    const epoch = await app.bus.streamEpoch();
    const isPublished = (version: number): Promise<boolean> =>
      publish(version).then(
        () => true,
        () => false,
      );
    await waitFor(() => isPublished(2), { what: 'the connection' });
    await publish(3);
    await waitFor(() => seen.includes('evt_conv_1_3'), { what: 'the event that will be lost' });
    pokes.length = 0;
    // What a power cut leaves: the data as they were when they were last synced.
    await stopNats();
    await rm(jetstreamDir, { recursive: true, force: true });
    await cp(kept, jetstreamDir, { recursive: true });
    await nats.restart();
    await waitFor(() => pokes.length > 0, { what: 'the poke', timeoutMs: 30_000 });
    expect(await app.bus.streamEpoch()).not.toBe(epoch);
    await publish(3);
    await waitFor(() => seen.filter((id) => id === 'evt_conv_1_3').length === 2, {
      what: 'the event that was lost',
      timeoutMs: 30_000,
    });
  });

  it('lost its data under a running handler, that handler settles no message of the new stream', async () => {
    let finish = (): void => undefined;
    hold = new Promise((resolve) => (finish = resolve));
    await publish(2);
    await waitFor(() => seen.length === 2, { what: 'the handler to begin' });
    const epoch = await app.bus.streamEpoch();
    await loseEverything();
    await waitFor(async () => (await app.bus.streamEpoch()) !== epoch, { what: 'the new stream' });
    // In the new stream, other messages have the sequence number that the old handler still holds.
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    await publish(3);
    await publish(4);
    await waitFor(() => seen.length === 4, { what: 'both new events' });
    finish();
    const manager = await jetstreamManager(app.bus.nats);
    const pending = async (): Promise<number> =>
      (await manager.consumers.info(EVENTS_STREAM, 'remembers')).num_ack_pending;
    await app.bus.nats.flush();
    expect(await pending()).toBe(2);
    release();
    await waitFor(async () => (await pending()) === 0, { what: 'the new events to be settled' });
  });

  it('forgets a stream or a consumer while it runs, both are made again', async () => {
    const manager = await jetstreamManager(app.bus.nats);
    await manager.consumers.delete(EVENTS_STREAM, 'remembers');
    await publish(2);
    await waitFor(() => seen.includes('evt_conv_1_2'), { what: 'the event after the consumer was deleted' });
    await manager.streams.delete(EVENTS_STREAM);
    await waitFor(() => pokes.length > 1, { what: 'the poke' });
    await publish(3);
    await waitFor(() => seen.includes('evt_conv_1_3'), { what: 'the event after the stream was deleted' });
  });
});
