import { DEAD_LETTERS_STREAM, EVENTS_STREAM, type RecordedEvent, subjects } from '@baton/contracts';
import { type RunningServer, startNats, waitFor } from '@baton/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { Controller, type Type } from '@nestjs/common';

import { type BusApp, conversationEvent, startBusApp } from './bus-app.fixture.js';
import { currentCallContext } from './call-context.js';
import { defer, type Delivery, HandleEvents } from './decorators.js';

type Handle = (event: RecordedEvent, delivery: Delivery) => unknown;

/** A controller with one durable consumer, whose handler the test gives. */
const consumerOf = (consumer: string, handle: Handle, maxInFlight = 64): Type => {
  class Consumer {
    @HandleEvents({ consumer, subject: subjects.eventsOf('conversation'), maxInFlight })
    handle(event: RecordedEvent, delivery: Delivery) {
      return handle(event, delivery);
    }
  }
  Controller()(Consumer);
  return Consumer;
};

describe('events in a durable consumer', () => {
  let nats: RunningServer;
  let publisher: BusApp;
  const apps: BusApp[] = [];
  let streams = 0;

  const start = async (consumer: string, handle: Handle, maxInFlight?: number): Promise<BusApp> => {
    const app = await startBusApp(consumer, nats.url, [consumerOf(consumer, handle, maxInFlight)]);
    apps.push(app);
    return app;
  };
  /** A stream id that no other test uses: all consumers read all conversations. */
  const freshStream = (): string => `conv_${(streams += 1)}`;
  const ackPending = async (consumer: string): Promise<number> => {
    const manager = await jetstreamManager(publisher.bus.nats);
    const { num_ack_pending, num_pending } = await manager.consumers.info(EVENTS_STREAM, consumer);
    return num_ack_pending + num_pending;
  };

  beforeAll(async () => {
    nats = await startNats();
    publisher = await startBusApp('publisher', nats.url);
    await publisher.bus.streamEpoch();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  afterAll(async () => {
    await publisher?.close();
    await nats?.stop();
  });

  it('arrive once each and in order, those from before the consumer existed too', async () => {
    const stream_id = freshStream();
    for (let version = 1; version <= 50; version += 1) {
      await publisher.bus.publishEvent(conversationEvent(version, { stream_id }));
    }
    const versions: number[] = [];
    await start('in-order', (event) => {
      if (event.stream_id === stream_id) versions.push(event.version);
    });
    await waitFor(async () => versions.length === 50 && (await ackPending('in-order')) === 0, {
      what: '50 events, all acknowledged',
    });
    expect(versions).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
  });

  it('are dropped by JetStream when they are published again', async () => {
    const stream_id = freshStream();
    const seen: string[] = [];
    await start('no-repeats', (event) => {
      if (event.stream_id === stream_id) seen.push(event.event_id);
    });
    const event = conversationEvent(1, { stream_id });
    await Promise.all([1, 2, 3].map(() => publisher.bus.publishEvent(event)));
    await publisher.bus.publishEvent(conversationEvent(2, { stream_id }));
    await waitFor(() => seen.length >= 2, { what: 'both events' });
    expect(seen).toEqual([event.event_id, `evt_${stream_id}_2`]);
  });

  it('come again after their handler threw, and it is told so', async () => {
    const stream_id = freshStream();
    const deliveries: boolean[] = [];
    await start('throws-twice', (event, delivery) => {
      if (event.stream_id !== stream_id) return;
      deliveries.push(delivery.redelivered);
      if (deliveries.length <= 2) throw new Error('not yet');
    });
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(async () => deliveries.length === 3 && (await ackPending('throws-twice')) === 0, {
      what: 'the third attempt',
    });
    expect(deliveries).toEqual([false, true, true]);
  });

  it('come again no sooner than their handler asked for', async () => {
    const stream_id = freshStream();
    const at: number[] = [];
    await start('defers', (event) => {
      if (event.stream_id !== stream_id) return undefined;
      at.push(performance.now());
      return at.length === 1 ? defer(400) : undefined;
    });
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => at.length === 2, { what: 'the second delivery' });
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThanOrEqual(390);
  });

  it('come again on time also while many others are deferred', async () => {
    const stream_id = freshStream();
    const due = new Map<string, number>();
    const late: number[] = [];
    await start('defers-many', (event) => {
      if (event.stream_id !== stream_id) return undefined;
      const time = due.get(event.event_id);
      if (time !== undefined) return void late.push(performance.now() - time);
      due.set(event.event_id, performance.now() + 200);
      return defer(200);
    });
    const count = 400;
    for (let version = 1; version <= count; version += 1) {
      await publisher.bus.publishEvent(conversationEvent(version, { stream_id }));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await waitFor(() => late.length === count, { what: 'all of them' });
    late.sort((a, b) => a - b);
    expect(late[count / 2]).toBeLessThan(100);
    await waitFor(async () => (await ackPending('defers-many')) === 0, { what: 'all to be settled' });
  });

  it('that are deferred take no place from others', async () => {
    const stream_id = freshStream();
    const seen: number[] = [];
    await start(
      'one-place',
      (event) => {
        if (event.stream_id !== stream_id) return undefined;
        seen.push(event.version);
        return event.version === 1 ? defer(60_000) : undefined;
      },
      1,
    );
    for (const version of [1, 2, 3])
      await publisher.bus.publishEvent(conversationEvent(version, { stream_id }));
    await waitFor(() => seen.length === 3, { what: 'the others' });
    expect(seen).toEqual([1, 2, 3]);
  });

  it('that wait in a process that drains go to another replica at once', async () => {
    const stream_id = freshStream();
    const by: string[] = [];
    const first = await startBusApp('passes-on', nats.url, [
      consumerOf('passes-on', (event) => {
        if (event.stream_id !== stream_id) return undefined;
        by.push('first');
        return defer(60_000);
      }),
    ]);
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => by.length === 1, { what: 'the first delivery' });
    await first.close();
    await start('passes-on', (event) => {
      if (event.stream_id === stream_id) by.push('second');
    });
    await waitFor(() => by.length === 2, { what: 'the other replica', timeoutMs: 3_000 });
    expect(by).toEqual(['first', 'second']);
  });

  it('never run in more handlers at once than was said, and the rest follows', async () => {
    const stream_id = freshStream();
    let running = 0;
    let most = 0;
    let done = 0;
    const handle: Handle = async (event) => {
      if (event.stream_id !== stream_id) return;
      running += 1;
      most = Math.max(most, running);
      await waitFor(() => most >= 5, { what: 'five handlers at once' });
      running -= 1;
      done += 1;
    };
    await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        publisher.bus.publishEvent(conversationEvent(at + 1, { stream_id })),
      ),
    );
    await start('bounded', handle, 5);
    await waitFor(() => done === 200, { what: 'all 200 events' });
    expect(most).toBe(5);
  });

  it('are not given to a second handler while the first still works past ack_wait', async () => {
    const stream_id = freshStream();
    let calls = 0;
    let finish = (): void => undefined;
    await start('works-long', async (event) => {
      if (event.stream_id !== stream_id) return;
      calls += 1;
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => calls === 1, { what: 'the first delivery' });
    const manager = await jetstreamManager(publisher.bus.nats);
    const until = performance.now() + 11_500;
    await waitFor(() => performance.now() > until, { what: 'ack_wait to pass', timeoutMs: 15_000 });
    expect((await manager.consumers.info(EVENTS_STREAM, 'works-long')).num_redelivered).toBe(0);
    expect(calls).toBe(1);
    finish();
    await waitFor(async () => (await ackPending('works-long')) === 0, { what: 'the acknowledgement' });
  });

  it('whose handler was running when the process drained go to another replica without waiting', async () => {
    const stream_id = freshStream();
    const by: string[] = [];
    const stuck = await startBusApp('takes-over', nats.url, [
      consumerOf('takes-over', (event) => {
        if (event.stream_id !== stream_id) return Promise.resolve();
        by.push('first');
        return new Promise(() => undefined);
      }),
    ]);
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => by.length === 1, { what: 'the first delivery' });
    expect(await stuck.transport.drain(100)).toBe(false);
    await start('takes-over', (event) => {
      if (event.stream_id === stream_id) by.push('second');
    });
    await waitFor(() => by.length === 2, { what: 'the other replica', timeoutMs: 3_000 });
    await stuck.close();
  });

  it('are finished, not cut off, when the process drains in time', async () => {
    const stream_id = freshStream();
    let isDone = false;
    let finish = (): void => undefined;
    const app = await startBusApp('finishes', nats.url, [
      consumerOf('finishes', async (event) => {
        if (event.stream_id !== stream_id) return;
        await new Promise<void>((resolve) => (finish = resolve));
        isDone = true;
      }),
    ]);
    const before = finish;
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => finish !== before, { what: 'the delivery' });
    const drained = app.transport.drain(5_000);
    finish();
    expect(await drained).toBe(true);
    expect(isDone).toBe(true);
    await app.close();
    expect(await ackPending('finishes')).toBe(0);
  });

  it('that cannot be read become a dead letter with the reason, and their neighbours are handled', async () => {
    const stream_id = freshStream();
    const seen: number[] = [];
    await start('reads', (event) => {
      if (event.stream_id === stream_id) seen.push(event.version);
    });
    const subject = `baton.events.1.conversation.acme.${stream_id}.odd`;
    await publisher.bus.nats.request(subject, 'not an event', { timeout: 1_000 });
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => seen.length === 1, { what: 'the neighbour' });
    const manager = await jetstreamManager(publisher.bus.nats);
    const letter = await waitFor(
      () => manager.streams.getMessage(DEAD_LETTERS_STREAM, { last_by_subj: subjects.deadLetter('reads') }),
      { what: 'the dead letter' },
    );
    expect(letter?.json()).toMatchObject({
      consumer: 'reads',
      subject,
      reason: 'It cannot be read: no headers',
      raw: { payload: 'not an event' },
    });
    await waitFor(async () => (await ackPending('reads')) === 0, { what: 'the message to be settled' });
  });

  it('that are more than NATS takes in one message are refused for good', async () => {
    const event = conversationEvent(1, {
      stream_id: freshStream(),
      data: { text: 'x'.repeat(9 * 1024 * 1024) },
    });
    await expect(publisher.bus.publishEvent(event)).rejects.toMatchObject({
      code: 'body-too-large',
      retryable: false,
    });
  });

  it('are heard live by whoever taps the subject', async () => {
    const stream_id = freshStream();
    const heard: number[] = [];
    const end = publisher.bus.subscribeEvents(
      subjects.eventsOfStream('acme', 'conversation', stream_id),
      (event) => heard.push(event.version),
    );
    await publisher.bus.publishEvent(conversationEvent(1, { stream_id }));
    await waitFor(() => heard.length === 1, { what: 'the event' });
    end();
    await publisher.bus.publishEvent(conversationEvent(2, { stream_id }));
    await publisher.bus.nats.flush();
    expect(heard).toEqual([1]);
  });

  it('put the tenant, the conversation and the trace of the event into the context of their handler', async () => {
    const stream_id = freshStream();
    const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
    let context: unknown;
    await start('context', (event) => {
      if (event.stream_id === stream_id) context = currentCallContext();
    });
    const { metadata } = conversationEvent(1);
    await publisher.bus.publishEvent(
      conversationEvent(1, { stream_id, metadata: { ...metadata, traceparent } }),
    );
    expect(await waitFor(() => context, { what: 'the event' })).toEqual({
      tenant_id: 'acme',
      conversation_id: stream_id,
      traceparent,
    });
  });
});
