import { hostname } from 'node:os';

import { BatonError } from '@baton/contracts';
import { Logger } from '@nestjs/common';
import { connect, type NatsConnection } from '@nats-io/transport-node';

import { forgetFutureAttempts } from './clock-set-back.js';
import { writeOncePerTurn } from './write-once-per-turn.js';

const RECONNECT_WAIT_MS = 100;
const RECONNECT_JITTER_MS = 400;
const CLOCK_CHECK_MS = 1000;

/**
 * The one connection of a process. It is opened in the background and for ever: a process starts, and
 * stays up, while NATS is away; what needs NATS meanwhile is told `unavailable`.
 */
export class BusConnection {
  private readonly logger = new Logger('Bus');
  private connection: NatsConnection | undefined;
  private readonly opening: Promise<NatsConnection>;
  private readonly onReady: ((nats: NatsConnection) => void)[] = [];
  private readonly onReconnect: (() => void)[] = [];
  private readonly onChange: ((connected: boolean) => void)[] = [];
  private isConnected = false;
  private isClosing = false;
  /** Grows with each reconnection: what was received before one may belong to a stream that is gone. */
  generation = 0;

  constructor(
    readonly name: string,
    url: string,
  ) {
    this.opening = this.open(url);
    void this.opening.catch((cause: unknown) => {
      // It waits for ever for a server that is away; this is one that it can never use.
      throw new Error(`NATS cannot be used at ${url}`, { cause });
    });
  }

  get connected(): boolean {
    return this.isConnected;
  }

  /** @throws BatonError `unavailable` until the first connection */
  get nats(): NatsConnection {
    if (!this.connection) throw new BatonError('unavailable', 'NATS is not connected yet');
    return this.connection;
  }

  /** Resolves at the first connection. */
  ready(): Promise<NatsConnection> {
    return this.opening;
  }

  /** Runs `attach` once, now or at the first connection; subscriptions outlive reconnections by themselves. */
  whenReady(attach: (nats: NatsConnection) => void): void {
    if (this.connection) attach(this.connection);
    else this.onReady.push(attach);
  }

  afterReconnect(listener: () => void): void {
    this.onReconnect.push(listener);
  }

  whenChanged(listener: (connected: boolean) => void): void {
    this.onChange.push(listener);
    listener(this.isConnected);
  }

  /** Resolves when connected or after `ms`, whichever is first; says which. */
  async connectedWithin(ms: number): Promise<boolean> {
    if (this.isConnected) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), ms);
      const done = (connected: boolean): void => {
        clearTimeout(timer);
        const at = this.onChange.indexOf(listen);
        if (at >= 0) this.onChange.splice(at, 1);
        resolve(connected);
      };
      const listen = (connected: boolean): void => {
        if (connected) done(true);
      };
      this.onChange.push(listen);
    });
  }

  /** Sends what is buffered, then closes. */
  async drain(): Promise<void> {
    const wasConnected = this.isConnected;
    this.isClosing = true;
    this.changed(false);
    const nats = this.connection;
    if (!nats || nats.isClosed()) return;
    if (wasConnected) await nats.drain();
    else await nats.close();
  }

  private async open(url: string): Promise<NatsConnection> {
    const nats = await connect({
      servers: url.split(','),
      name: `${this.name}@${hostname()}:${process.pid}`,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      reconnectJitter: RECONNECT_JITTER_MS,
      ignoreAuthErrorAbort: true,
      // A peer that vanished without a word is noticed within 10 s.
      pingInterval: 5_000,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
    writeOncePerTurn(nats);
    if (this.isClosing) {
      await nats.close();
      return nats;
    }
    this.connection = nats;
    this.changed(true);
    this.logger.log(`Connected to NATS ${nats.info?.version} at ${nats.getServer()}`);
    for (const attach of this.onReady.splice(0)) attach(nats);
    void this.follow(nats);
    return nats;
  }

  private async follow(nats: NatsConnection): Promise<void> {
    const clockCheck = setInterval(() => {
      if (!this.isConnected) forgetFutureAttempts(nats);
    }, CLOCK_CHECK_MS);
    clockCheck.unref();
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') {
        if (this.isConnected && !this.isClosing) this.logger.warn('Disconnected from NATS');
        this.changed(false);
      } else if (status.type === 'reconnect') {
        this.generation += 1;
        this.logger.log(`Reconnected to NATS at ${nats.getServer()}`);
        this.changed(true);
        for (const listener of this.onReconnect) listener();
      } else if (status.type === 'error') {
        this.logger.warn(`NATS: ${status.error.message}`);
      }
    }
    clearInterval(clockCheck);
    this.changed(false);
    const error = await nats.closed();
    if (!this.isClosing) throw new Error('The connection to NATS was closed for good', { cause: error });
  }

  private changed(connected: boolean): void {
    if (this.isConnected === connected) return;
    this.isConnected = connected;
    for (const listener of [...this.onChange]) listener(connected);
  }
}
