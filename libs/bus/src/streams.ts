import { DEAD_LETTERS_STREAM, EVENTS_STREAM, subjects } from '@baton/contracts';
import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import { nanos } from '@nats-io/transport-node';

import type { BusConnection } from './connection.js';
import { hasGoneBack, StreamProgress } from './stream-progress.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CHECK_EVERY_MS = 1_000;
/** `stream name already in use`: somebody else was faster, with other settings. */
const STREAM_NAME_IN_USE = 10058;

/**
 * How long JetStream drops what a relay repeats. Ten minutes: longer than a relay is ever away and comes back. A test
 * that is to outlast it sets `BATON_DEDUP_WINDOW_SECONDS`.
 */
export const dedupWindowMs = (env: NodeJS.ProcessEnv): number => {
  const setting = env['BATON_DEDUP_WINDOW_SECONDS'];
  if (!setting) return 10 * MINUTE_MS;
  const seconds = Number(setting);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new Error(`BATON_DEDUP_WINDOW_SECONDS: "${setting}" is no positive whole number`);
  return seconds * 1000;
};

/** How many servers of a JetStream cluster keep each stream (`BATON_JETSTREAM_REPLICAS`): 1, 3 or 5. */
const streamReplicas = (env: NodeJS.ProcessEnv): number => {
  const setting = env['BATON_JETSTREAM_REPLICAS'] || '1';
  if (!['1', '3', '5'].includes(setting))
    throw new Error(`BATON_JETSTREAM_REPLICAS: "${setting}" is not 1, 3 or 5`);
  return Number(setting);
};

type StreamSettings = Pick<
  StreamConfig,
  'name' | 'subjects' | 'retention' | 'storage' | 'max_age' | 'duplicate_window' | 'num_replicas'
>;

const EVENTS: StreamSettings = {
  name: EVENTS_STREAM,
  subjects: [subjects.allEvents],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  max_age: nanos(7 * DAY_MS),
  duplicate_window: nanos(dedupWindowMs(process.env)),
  num_replicas: streamReplicas(process.env),
};

const DEAD_LETTERS: StreamSettings = {
  name: DEAD_LETTERS_STREAM,
  subjects: [subjects.deadLetters],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  max_age: nanos(30 * DAY_MS),
  duplicate_window: nanos(10 * MINUTE_MS),
  num_replicas: streamReplicas(process.env),
};

/** Told of each epoch, the first one too, before anyone is asked to catch up. */
export type EpochListener = (epoch: string) => Promise<void>;

/**
 * Keeps the streams in being. A stream that was created anew is another epoch: JetStream lost its data,
 * so consumers are created again and everyone is asked to read the logs. A stream that went back behind what it had
 * acknowledged is as good as lost, and made anew: its numbers would mean two things.
 */
export class StreamKeeper {
  private readonly logger = new Logger('Streams');
  private readonly listeners: EpochListener[] = [];
  private epoch: string | undefined;
  private checkedGeneration = -1;
  private checking: Promise<string> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private manager: JetStreamManager | undefined;
  private isStopped = false;
  private readonly progress = new StreamProgress();

  constructor(private readonly connection: BusConnection) {
    connection.whenReady(() => this.watch());
    connection.afterReconnect(() => {
      this.progress.reconnected();
      void this.checkQuietly();
    });
  }

  /** The epoch as it was at the latest check, at most a second ago. */
  get knownEpoch(): string | undefined {
    return this.epoch;
  }

  /** The epoch, checked since the latest reconnection. */
  async currentEpoch(): Promise<string> {
    await this.connection.ready();
    if (this.epoch !== undefined && this.checkedGeneration === this.connection.generation) return this.epoch;
    return this.check();
  }

  /** Calls `listener` with the epoch that is known, if one is, and with each later one. */
  onEpoch(listener: EpochListener): void {
    this.listeners.push(listener);
    if (this.epoch !== undefined) void this.tell(listener, this.epoch);
  }

  /** JetStream acknowledged a message of the events stream; `epoch` is what was known when it was sent. */
  acknowledged(epoch: string | undefined, sequence: number, messageId: string): void {
    if (epoch !== undefined && epoch === this.epoch) this.progress.reached({ sequence, messageId });
  }

  async jetstream(): Promise<JetStreamManager> {
    const nats = await this.connection.ready();
    this.manager ??= await jetstreamManager(nats, { checkAPI: false });
    return this.manager;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private watch(): void {
    if (this.isStopped) return;
    void this.checkQuietly().finally(() => {
      if (!this.isStopped) this.timer = setTimeout(() => this.watch(), CHECK_EVERY_MS);
    });
  }

  private async checkQuietly(): Promise<void> {
    if (!this.connection.connected || this.isStopped) return;
    try {
      await this.check();
    } catch (error) {
      if (!this.isStopped && this.connection.connected) {
        this.logger.warn(`JetStream is not usable: ${(error as Error).message}`);
      }
    }
  }

  private check(): Promise<string> {
    this.checking ??= this.ensureAll().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async ensureAll(): Promise<string> {
    const { generation } = this.connection;
    const events = await this.ensureEvents();
    await this.ensure(DEAD_LETTERS);
    const epoch = events.info.created;
    const previous = this.epoch;
    if (epoch !== previous) this.progress.beginAgain();
    this.progress.reached({ sequence: events.info.state.last_seq });
    this.epoch = epoch;
    this.checkedGeneration = generation;
    if (epoch === previous) return epoch;
    await Promise.all(this.listeners.map((listener) => this.tell(listener, epoch)));
    if (previous !== undefined) {
      this.logger.warn(`JetStream lost ${EVENTS_STREAM}: everyone catches up from the logs`);
    }
    if (events.isNew || previous !== undefined) {
      (await this.connection.ready()).publish(subjects.catchUpPoke, JSON.stringify({ epoch }));
    }
    return epoch;
  }

  private async tell(listener: EpochListener, epoch: string): Promise<void> {
    try {
      await listener(epoch);
    } catch (error) {
      this.logger.error(`After ${EVENTS_STREAM} was created: ${(error as Error).message}`);
    }
  }

  private async ensureEvents(): Promise<{ info: StreamInfo; isNew: boolean }> {
    const { owed } = this.progress;
    const events = await this.ensure(EVENTS);
    if (!owed || events.info.created !== this.epoch) return events;
    const manager = await this.jetstream();
    if (!(await hasGoneBack(manager, events.info, owed))) {
      this.progress.found(owed);
      return events;
    }
    const { last_seq } = events.info.state;
    this.logger.error(
      `JetStream acknowledged ${EVENTS_STREAM} ${owed.sequence} and does not have it (its last is ${last_seq}): the stream is made anew`,
    );
    await this.remove(events.info);
    return this.ensure(EVENTS);
  }

  /** Unless somebody else did. */
  private async remove({ config, created }: StreamInfo): Promise<void> {
    const manager = await this.jetstream();
    try {
      if ((await manager.streams.info(config.name)).created !== created) return;
      await manager.streams.delete(config.name);
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
    }
  }

  private async ensure(settings: StreamSettings): Promise<{ info: StreamInfo; isNew: boolean }> {
    const manager = await this.jetstream();
    try {
      const info = await manager.streams.info(settings.name);
      if (isAsWanted(info.config, settings)) return { info, isNew: false };
      return { info: await manager.streams.update(settings.name, settings), isNew: false };
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
    }
    try {
      return { info: await manager.streams.add(settings), isNew: true };
    } catch (error) {
      if (!isCode(error, STREAM_NAME_IN_USE)) throw error;
      return { info: await manager.streams.update(settings.name, settings), isNew: false };
    }
  }
}

const isAsWanted = (config: StreamConfig, settings: StreamSettings): boolean =>
  config.max_age === settings.max_age &&
  config.duplicate_window === settings.duplicate_window &&
  config.num_replicas === settings.num_replicas &&
  config.subjects?.join() === settings.subjects?.join();

/** True for a JetStream API error of this `err_code`. */
export const isCode = (error: unknown, code: number): boolean =>
  error instanceof JetStreamApiError && error.code === code;
