import { setTimeout as sleep } from 'node:timers/promises';

import { BusClient } from '@baton/bus';
import { BatonError, EVENTS_STREAM, subjects } from '@baton/contracts';
import { type ConsumerMessages, DeliverPolicy, jetstream, type JsMsg } from '@nats-io/jetstream';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { epochToken, type StreamRange } from './cursor.js';

const BATCH = 1000;
const PULL_EXPIRES_MS = 10_000;
const IDLE_HEARTBEAT_MS = 1000;
const RETRY_MS = 250;

export interface LiveEventsListener {
  /** A message of the event stream, in its order, each once. */
  onMessage(message: JsMsg): void;
  /** The stream began another life: its numbers mean other events now. */
  onNewEpoch(): void;
}

/**
 * The event stream as it grows: one ordered JetStream consumer for the whole process, begun again behind the
 * last message whenever NATS or the consumer was away.
 */
@Injectable()
export class LiveEvents implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('LiveEvents');
  private readonly listeners: LiveEventsListener[] = [];
  private messages: ConsumerMessages | undefined;
  /** Grows whenever the reading begins anew: an older reader stops at its next look. */
  private generation = 0;
  private currentEpoch: string | undefined;
  private lastSequence = 0;
  private isStopped = false;
  private whenStarted!: () => void;
  /** Resolves when the place in the stream is known. */
  readonly started = new Promise<void>((resolve) => (this.whenStarted = resolve));

  constructor(private readonly bus: BusClient) {}

  listen(listener: LiveEventsListener): void {
    this.listeners.push(listener);
  }

  /** Names the stream's present life in cursors; undefined until it is known. */
  get epoch(): string | undefined {
    return this.currentEpoch;
  }

  /** The last message that was given to the listener, or was there before it listened. */
  get position(): number {
    return this.lastSequence;
  }

  onApplicationBootstrap(): void {
    this.bus.streams.onEpoch((epoch) => Promise.resolve(void this.begin(epochToken(epoch))));
    this.bus.connection.afterReconnect(() => void this.readOn());
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    this.generation += 1;
    // Not waited for: a reader that is looking for its stream does not end before it has found it.
    void this.messages?.close();
  }

  /**
   * What the stream holds now.
   * @throws BatonError `unavailable` while JetStream does not say
   */
  async range(): Promise<StreamRange> {
    try {
      const manager = await this.bus.streams.jetstream();
      const { created, state } = await manager.streams.info(EVENTS_STREAM);
      return { epoch: epochToken(created), first: state.first_seq, last: state.last_seq };
    } catch (error) {
      throw new BatonError('unavailable', 'The event stream cannot be read now', { cause: error });
    }
  }

  private async begin(epoch: string): Promise<void> {
    if (epoch === this.currentEpoch) return;
    const isFirst = this.currentEpoch === undefined;
    // In another life all is news, and what staff have heard before is told apart by its id.
    this.lastSequence = isFirst ? await this.presentEnd() : 0;
    this.currentEpoch = epoch;
    if (!isFirst) for (const listener of this.listeners) listener.onNewEpoch();
    this.read();
    this.whenStarted();
  }

  private async presentEnd(): Promise<number> {
    while (!this.isStopped) {
      try {
        return (await this.range()).last;
      } catch (error) {
        this.logger.warn(`The event stream cannot be read yet: ${(error as Error).message}`);
        await sleep(RETRY_MS);
      }
    }
    return 0;
  }

  private async readOn(): Promise<void> {
    try {
      // A stream that was lost meanwhile is another epoch, and `begin` is told of it.
      await this.bus.streamEpoch();
    } catch (error) {
      this.logger.warn(`Reading on after the reconnection: ${(error as Error).message}`);
    }
    if (this.currentEpoch !== undefined) this.read();
  }

  private read(): void {
    if (this.isStopped) return;
    this.generation += 1;
    void this.messages?.close();
    void this.consume(this.generation);
  }

  private async consume(generation: number): Promise<void> {
    while (this.generation === generation) {
      try {
        const messages = await this.subscribe(generation);
        if (this.generation !== generation) return void messages.close();
        this.messages = messages;
        for await (const status of messages.status()) {
          if (status.type === 'heartbeats_missed' && status.count > 1) break;
        }
        await messages.close();
      } catch (error) {
        if (this.generation === generation) this.logger.warn(`Not reading: ${(error as Error).message}`);
      }
      await sleep(RETRY_MS);
    }
  }

  private async subscribe(generation: number): Promise<ConsumerMessages> {
    const consumer = await jetstream(this.bus.nats).consumers.get(EVENTS_STREAM, {
      filter_subjects: subjects.allEvents,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.lastSequence + 1,
    });
    return consumer.consume({
      max_messages: BATCH,
      expires: PULL_EXPIRES_MS,
      idle_heartbeat: IDLE_HEARTBEAT_MS,
      callback: (message) => {
        if (this.generation !== generation || message.seq <= this.lastSequence) return;
        this.lastSequence = message.seq;
        for (const listener of this.listeners) listener.onMessage(message);
      },
    });
  }
}
