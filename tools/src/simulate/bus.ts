import {
  BatonError,
  DEAD_LETTERS_STREAM,
  fromWireError,
  isBatonError,
  type RecordedEvent,
  subjects,
  toWireError,
  type WireError,
} from '@baton/contracts';

import type { Mutants } from './mutants.js';
import type { FaultPlan } from './faults.js';
import type { JetStream } from './jetstream.js';
import type { Kernel, Process } from './kernel.js';
import { fits } from './subject.js';

export interface RequestLike {
  readonly pattern: string;
  readonly body: { parse(value: unknown): unknown };
}
interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
export interface ServedRequest {
  readonly ctx: unknown;
  readonly body: unknown;
  readonly deadline: number;
  readonly signal: AbortSignal;
}
export type Serve = (request: ServedRequest) => Promise<unknown>;

/** Whoever answers a pattern: a process, or a part of the world that is not simulated in its inside. */
export interface Answerer {
  readonly process: Process | null;
  readonly serve: Serve;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const PATIENCE_MS = 3_000;
const PUB_ACK_TIMEOUT_MS = 5_000;

interface Subscription {
  readonly process: Process;
  readonly pattern: string;
  readonly hear: (payload: unknown, subject: string) => void;
}

/** NATS as all processes share it: requests find one who answers, news reach whoever listens, or not. */
export class Network {
  isDown = false;
  /** What handlers threw that is no word of Baton's: a defect, whoever made it. */
  readonly defects: string[] = [];
  private readonly answerers = new Map<string, () => readonly Answerer[]>();
  private readonly subscriptions = new Set<Subscription>();

  constructor(
    readonly kernel: Kernel,
    readonly faults: FaultPlan,
    readonly stream: JetStream,
    readonly mutants: Mutants,
  ) {
    stream.onStored((event) => this.tell(subjects.event(event), event));
  }

  answer(pattern: string, who: () => readonly Answerer[]): void {
    this.answerers.set(pattern, who);
  }

  answerersOf(pattern: string): readonly Answerer[] {
    return this.isDown ? [] : (this.answerers.get(pattern)?.() ?? []);
  }

  subscribe(subscription: Subscription): () => void {
    this.subscriptions.add(subscription);
    return () => this.subscriptions.delete(subscription);
  }

  forget(process: Process): void {
    for (const subscription of this.subscriptions)
      if (subscription.process === process) this.subscriptions.delete(subscription);
  }

  /** To everyone who listens now; what is lost is lost. */
  tell(subject: string, payload: unknown): void {
    if (this.isDown) return;
    for (const { process, pattern, hear } of this.subscriptions) {
      if (!fits(pattern, subject) || this.faults.strikes('news-lost')) continue;
      this.kernel.after(this.transit(), process, () => hear(payload, subject));
    }
  }

  transit(): number {
    return 0.1 + this.kernel.random.next() * 2;
  }
}

/** One process's connection: what services call `BusClient`. */
export class SimulatedBus {
  readonly streams = { knownEpoch: '1', currentEpoch: () => this.streamEpoch() };
  readonly connection = {
    generation: 1,
    connected: true,
    // A process that lost its connection is one that died here.
    whenChanged: (listener: (connected: boolean) => void): void => listener(true),
  };
  observer: unknown;

  constructor(
    private readonly network: Network,
    private readonly process: Process,
    readonly name: string,
  ) {}

  get connected(): boolean {
    return !this.network.isDown;
  }

  now(): number {
    return Math.floor(this.network.kernel.nowMs);
  }

  useClock(): void {}
  observe(): void {}
  useGate(): void {}

  streamEpoch(): Promise<string> {
    return Promise.resolve(String(this.network.stream.epoch));
  }

  request(definition: RequestLike, ctx: unknown, body: unknown, options: CallOptions = {}): Promise<unknown> {
    const { kernel } = this.network;
    const deadline = this.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    return new Promise<unknown>((resolve, reject) => {
      const fail = (code: 'deadline-exceeded' | 'cancelled' | 'unavailable', why: string) => (): void =>
        reject(new BatonError(code, `${definition.pattern}: ${why}`));
      kernel.after(deadline - this.now(), this.process, fail('deadline-exceeded', 'nobody answered in time'));
      options.signal?.addEventListener('abort', fail('cancelled', 'not waited for any more'), { once: true });
      const asked = { definition, ctx, body: structuredClone(body), deadline, since: kernel.nowMs };
      this.send(asked, resolve, reject, fail('unavailable', 'nobody is there'));
    });
  }

  publishEvent(event: RecordedEvent): Promise<void> {
    const { kernel, faults, stream, mutants } = this.network;
    const { global_position: _, ...told } = event;
    return new Promise((resolve, reject) => {
      const answer = (ms: number, settle: () => void): void => void kernel.after(ms, this.process, settle);
      const lost = (): void => reject(new BatonError('unavailable', 'No acknowledgement from JetStream'));
      if (mutants.has('delete-before-puback')) answer(0, resolve);
      if (this.network.isDown || faults.strikes('publish-lost')) return answer(PUB_ACK_TIMEOUT_MS, lost);
      kernel.after(this.network.transit(), null, () => {
        stream.store(told);
        if (faults.strikes('puback-lost')) answer(PUB_ACK_TIMEOUT_MS, lost);
        else answer(this.network.transit(), resolve);
      });
    });
  }

  publishDeadLetter(): Promise<void> {
    return Promise.reject(new Error(`Nothing here can't be read: ${DEAD_LETTERS_STREAM} stays empty`));
  }

  publish(subject: string, payload: unknown): void {
    this.network.tell(subject, structuredClone(payload));
  }

  subscribe(pattern: string, hear: (payload: unknown, subject: string) => void): () => void {
    return this.network.subscribe({ process: this.process, pattern, hear });
  }

  subscribeEvents(pattern: string, hear: (event: RecordedEvent) => void): () => void {
    return this.subscribe(pattern, (payload) => hear(payload as RecordedEvent));
  }

  private send(
    asked: { definition: RequestLike; ctx: unknown; body: unknown; deadline: number; since: number },
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    nobody: () => void,
  ): void {
    const { network } = this;
    const { kernel, faults } = network;
    const answerers = network.answerersOf(asked.definition.pattern);
    if (answerers.length === 0) {
      // A service that is just restarting is waited for.
      if (kernel.nowMs - asked.since > PATIENCE_MS) return nobody();
      kernel.after(100, this.process, () => this.send(asked, resolve, reject, nobody));
      return;
    }
    if (faults.strikes('request-lost')) return;
    const { process, serve } = kernel.random.pick(answerers);
    kernel.after(network.transit(), process, () => {
      void answerOf(asked, serve, this.now(), network.defects).then((answer) => {
        if (faults.strikes('reply-lost')) return;
        kernel.after(network.transit(), this.process, () =>
          'error' in answer ? reject(fromWireError(answer.error)) : resolve(answer.ok),
        );
      });
    });
  }
}

const answerOf = async (
  asked: { definition: RequestLike; ctx: unknown; body: unknown; deadline: number },
  serve: Serve,
  now: number,
  defects: string[],
): Promise<{ ok: unknown } | { error: WireError }> => {
  try {
    if (now >= asked.deadline) throw new BatonError('deadline-exceeded', 'It came too late');
    const body = asked.definition.body.parse(asked.body);
    const ok = await serve({
      ctx: asked.ctx,
      body,
      deadline: asked.deadline,
      signal: new AbortController().signal,
    });
    return { ok: ok === undefined ? null : (JSON.parse(JSON.stringify(ok)) as unknown) };
  } catch (error) {
    if (!isBatonError(error))
      defects.push(`${asked.definition.pattern}: ${(error as Error).stack ?? String(error)}`);
    return { error: toWireError(error) };
  }
};
