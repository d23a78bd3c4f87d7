import {
  type AnswerOf,
  BatonError,
  type BodyInputOf,
  EVENTS_STREAM,
  fromWireError,
  isBatonError,
  type ProblemCode,
  type RecordedEvent,
  type RequestContext,
  type RequestDefinition,
  subjects,
} from '@baton/contracts';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InvalidArgumentError, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

import { currentCallContext } from './call-context.js';
import { decodeEvent, encodeEvent } from './cloud-events.js';
import { BusConnection } from './connection.js';
import type { DeadLetter } from './dead-letter.js';
import { natsHeaders } from './headers.js';
import { type BusObserver, SILENT_OBSERVER } from './observer.js';
import { NobodyThereError, NoReplyError, ReplyBox } from './reply-box.js';
import { StreamKeeper } from './streams.js';
import { type BusTracer, NO_TRACER } from './tracer.js';
import { TRACEPARENT_HEADER, type WireAnswer, type WireRequest } from './wire.js';

export interface BusOptions {
  /** Names this process to the server and its replicas' queue group. */
  readonly name: string;
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
}

export interface RequestCallOptions {
  /** 10 s unless told. */
  readonly timeoutMs?: number;
  /** Stops waiting: the request is rejected with `cancelled`; the other side is not told. */
  readonly signal?: AbortSignal;
}

/**
 * Stands before the requests of this process: it may let one wait, or refuse it. What it waits counts against
 * the request's deadline.
 */
export type RequestGate = <T>(pattern: string, send: () => Promise<T>, call: GatedCall) => Promise<T>;

/** How far behind one durable consumer is. */
export interface ConsumerLag {
  readonly consumer: string;
  /** Events that nobody was given yet. */
  readonly pending: number;
  /** Events that somebody has and is not done with. */
  readonly unacknowledged: number;
}

export interface GatedCall {
  /** What the request may take in all. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a service that is restarting, or NATS itself, is waited for before the caller is told. */
const PATIENCE_MS = 3_000;
const PUB_ACK_TIMEOUT_MS = 5_000;

/** Everything a process says and asks on the bus. */
export class BusClient implements OnApplicationShutdown {
  readonly connection: BusConnection;
  readonly streams: StreamKeeper;
  /** The durable consumers that this process reads. */
  readonly durables = new Set<string>();
  readonly name: string;
  observer: BusObserver = SILENT_OBSERVER;
  tracer: BusTracer = NO_TRACER;
  private readonly replies = new ReplyBox();
  private readonly logger = new Logger('Bus');
  private clock: () => number = Date.now;
  private gate: RequestGate | undefined;

  constructor(options: BusOptions) {
    this.name = options.name;
    this.connection = new BusConnection(options.name, options.url);
    this.connection.whenReady((nats) => this.replies.open(nats));
    this.streams = new StreamKeeper(this.connection);
    this.connection.whenChanged((connected) => this.observer.connection(connected));
  }

  /**
   * The connection itself, for what this class does not offer.
   * @throws BatonError `unavailable` until the first connection
   */
  get nats(): NatsConnection {
    return this.connection.nats;
  }

  get connected(): boolean {
    return this.connection.connected;
  }

  /** Epoch milliseconds that deadlines are counted in. */
  now(): number {
    return this.clock();
  }

  /** Deadlines travel between machines: count them on a clock that the machines share. */
  useClock(now: () => number): void {
    this.clock = now;
  }

  observe(observer: BusObserver): void {
    this.observer = observer;
    observer.connection(this.connected);
  }

  useTracer(tracer: BusTracer): void {
    this.tracer = tracer;
  }

  useGate(gate: RequestGate): void {
    this.gate = gate;
  }

  /**
   * Asks the service that handles `definition` and waits for its answer. A service that is just
   * restarting is waited for: nobody has seen the request then, so sending it again repeats nothing.
   * @throws BatonError the remote's own, `unavailable` (nobody there), `deadline-exceeded`, `cancelled`,
   *   `body-too-large`
   */
  async request<D extends RequestDefinition>(
    definition: D,
    ctx: RequestContext,
    body: BodyInputOf<D>,
    options?: RequestCallOptions,
  ): Promise<AnswerOf<D>> {
    const started = performance.now();
    const { pattern } = definition;
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options ?? {};
    const deadline = this.clock() + timeoutMs;
    try {
      const send = (): Promise<unknown> => this.ask(pattern, { ctx, body, deadline }, signal);
      const answer = await this.tracer.asking(pattern, () =>
        this.gate ? this.gate(pattern, send, { timeoutMs, signal }) : send(),
      );
      this.observer.requestSent(pattern, 'ok', performance.now() - started);
      return answer as AnswerOf<D>;
    } catch (error) {
      const code: ProblemCode = isBatonError(error) ? error.code : 'internal';
      this.observer.requestSent(pattern, code, performance.now() - started);
      throw error;
    }
  }

  /**
   * Publishes one event and resolves when JetStream has it (a repeat counts as having it).
   * @throws BatonError `unavailable` when it may not have arrived: publish it again; `body-too-large`
   *   when it never can
   */
  async publishEvent(event: RecordedEvent): Promise<void> {
    await this.tracer.publishing(event, async (traceparent) => {
      const { subject, headers, payload } = encodeEvent(event, traceparent);
      const { knownEpoch } = this.streams;
      const sequence = await this.publishStored(subject, payload, headers);
      this.streams.acknowledged(knownEpoch, sequence, headers.get('Nats-Msg-Id'));
    });
  }

  /** Puts a message where a person finds it; resolves when it is stored. */
  async publishDeadLetter(letter: DeadLetter): Promise<void> {
    const headers = natsHeaders({ 'Nats-Msg-Id': letter.key });
    await this.publishStored(subjects.deadLetter(letter.consumer), JSON.stringify(letter), headers);
  }

  /** Fire and forget; dropped while NATS is away. */
  publish(subject: string, payload: unknown): void {
    if (this.connection.connected) this.nats.publish(subject, JSON.stringify(payload));
  }

  /** Live messages on a core subject; returns what ends it. Repeats nothing that came while NATS was away. */
  subscribe(subject: string, onMessage: (payload: unknown, subject: string) => void): () => void {
    return this.listen(subject, (msg) => onMessage(msg.data.length === 0 ? null : msg.json(), msg.subject));
  }

  /**
   * Events as they are published, live and lossy: no acknowledgement, nothing kept for the absent. Read
   * the log for truth. Of those who name the same `queue` one hears each.
   */
  subscribeEvents(
    subject: string,
    onEvent: (event: RecordedEvent) => void,
    options: { readonly queue?: string } = {},
  ): () => void {
    return this.listen(subject, (msg) => onEvent(decodeEvent(msg.headers, msg.string())), options.queue);
  }

  /**
   * How far behind each durable consumer of this process is, all replicas together.
   * @throws where JetStream does not answer
   */
  async consumerLag(): Promise<readonly ConsumerLag[]> {
    const { consumers } = await this.streams.jetstream();
    return Promise.all(
      [...this.durables].map(async (consumer) => {
        const { num_pending, num_ack_pending } = await consumers.info(EVENTS_STREAM, consumer);
        return { consumer, pending: num_pending, unacknowledged: num_ack_pending };
      }),
    );
  }

  /** Names the present life of the event stream: another one means that JetStream lost its data. */
  streamEpoch(): Promise<string> {
    return this.streams.currentEpoch();
  }

  /** Sends what is buffered and closes; nothing may be published afterwards. */
  async close(): Promise<void> {
    this.streams.stop();
    await this.connection.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private async ask(
    pattern: string,
    request: WireRequest,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const payload = JSON.stringify(request);
    const reply = this.roundTrip(subjects.request(pattern), payload, request.deadline);
    const msg = await (signal ? abortable(reply, signal) : reply);
    const answer = msg.json<WireAnswer>();
    if ('error' in answer) throw fromWireError(answer.error);
    return answer.ok;
  }

  private async roundTrip(subject: string, payload: string, deadline: number): Promise<Msg> {
    const patientUntil = Math.min(deadline, this.clock() + PATIENCE_MS);
    const traceparent = currentCallContext()?.traceparent;
    let nobody: unknown;
    for (let pause = 25; ; pause = Math.min(pause * 2, 400)) {
      await this.awaitConnection(patientUntil);
      const timeout = deadline - this.clock();
      if (timeout < 1) throw nobody ? unanswered(subject, nobody) : late(subject);
      try {
        return await this.replies.request(subject, payload, {
          timeoutMs: timeout,
          ...(traceparent !== undefined && {
            headers: natsHeaders({ [TRACEPARENT_HEADER]: traceparent }),
          }),
        });
      } catch (error) {
        if (!(error instanceof NobodyThereError)) throw this.asBatonError(error, subject);
        if (this.clock() + pause >= patientUntil) throw unanswered(subject, error);
        nobody = error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  private async awaitConnection(until: number): Promise<void> {
    if (this.connection.connected) return;
    const connected = await this.connection.connectedWithin(Math.max(0, until - this.clock()));
    if (!connected) throw new BatonError('unavailable', 'NATS is not reachable');
  }

  /** Resolves to the message's sequence number in its stream. */
  private async publishStored(subject: string, payload: string, headers: MsgHdrs): Promise<number> {
    if (!this.connection.connected) throw new BatonError('unavailable', 'NATS is not reachable');
    let ack: { seq: number; error?: { description?: string } };
    try {
      const msg = await this.replies.request(subject, payload, { timeoutMs: PUB_ACK_TIMEOUT_MS, headers });
      ack = msg.json();
    } catch (error) {
      if (error instanceof InvalidArgumentError) throw tooLarge(subject, error);
      throw new BatonError('unavailable', `JetStream did not take ${subject}`, { cause: error });
    }
    if (ack.error) {
      throw new BatonError(
        'unavailable',
        `JetStream refused ${subject}: ${ack.error.description ?? 'no reason'}`,
      );
    }
    return ack.seq;
  }

  private listen(subject: string, onMessage: (msg: Msg) => void, queue?: string): () => void {
    let end: (() => void) | undefined;
    let isEnded = false;
    this.connection.whenReady((nats) => {
      if (isEnded) return;
      const subscription = nats.subscribe(subject, {
        ...(queue !== undefined && { queue }),
        callback: (error, msg) => {
          if (error) return this.logger.error(`Subscription ${subject}: ${error.message}`);
          try {
            onMessage(msg);
          } catch (cause) {
            this.logger.error(`Handling ${msg.subject}: ${(cause as Error).message}`, (cause as Error).stack);
          }
        },
      });
      end = () => subscription.unsubscribe();
    });
    return () => {
      isEnded = true;
      end?.();
    };
  }

  private asBatonError(error: unknown, subject: string): BatonError {
    if (error instanceof NoReplyError) {
      return this.connection.connected
        ? late(subject, error)
        : new BatonError('unavailable', 'NATS went away', { cause: error });
    }
    if (error instanceof InvalidArgumentError) return tooLarge(subject, error);
    return new BatonError('unavailable', `${subject} could not be sent`, { cause: error });
  }
}

const unanswered = (subject: string, cause: unknown): BatonError =>
  new BatonError('unavailable', `Nobody answers ${subject}`, { cause });

const late = (subject: string, cause?: unknown): BatonError =>
  new BatonError('deadline-exceeded', `No answer from ${subject} in time`, { cause });

/** The client refuses what the server would cut the connection for; sending it again would end the same. */
const tooLarge = (subject: string, cause: unknown): BatonError =>
  new BatonError('body-too-large', `${subject} is more than NATS takes in one message`, { cause });

const abortable = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const cancelled = (): BatonError =>
    new BatonError('cancelled', 'The caller stopped waiting', { cause: signal.reason });
  if (signal.aborted) {
    promise.catch(() => undefined);
    throw cancelled();
  }
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
