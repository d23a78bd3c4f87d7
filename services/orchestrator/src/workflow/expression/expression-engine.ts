import { Worker } from 'node:worker_threads';

import type { Expression } from './expression.js';
import type { EvaluationReply, EvaluationRequest, Progress } from './expression.worker.js';
import { evaluateSimple, GIVES_UP } from './simple-expression.js';

export type Scope = Readonly<Record<string, unknown>>;

/** What `$now()` and `$random()` go by, so that a resumed run sees what the first one saw. */
export interface EvaluationMoment {
  readonly now: number;
  readonly seed: string;
}

/** An expression that failed, or took too long: its message names it and is fit to show. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Evaluates expressions; simple ones at once, all others in a worker thread. */
export interface ExpressionEngine {
  /**
   * The values of several expressions over one scope, in their order.
   * @throws ExpressionError of the first that failed
   */
  evaluateAll(expressions: readonly Expression[], scope: Scope, moment: EvaluationMoment): Promise<unknown[]>;
}

export interface WorkerEngineOptions {
  /** An evaluation that runs longer is ended together with its thread. */
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
}

interface Pending {
  readonly request: EvaluationRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ExpressionError) => void;
}

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './expression.worker.ts' : './expression.worker.js',
  import.meta.url,
);
const HIGHEST_ID = 0x7fffffff;

/**
 * One thread for all evaluations of this process. An endless expression starves the timers of its own thread,
 * so it is this side that watches: the thread is ended, the culprit fails, whoever waited behind it starts again
 * on a fresh thread.
 */
export class WorkerExpressionEngine implements ExpressionEngine {
  private worker: Worker | undefined;
  private progress = newProgress();
  private readonly pending = new Map<number, Pending>();
  private batch: EvaluationRequest[] = [];
  private lastId = 0;
  private watch: NodeJS.Timeout | undefined;
  private seen = { id: 0, at: 0 };
  private readonly timeoutMs: number;
  private readonly memoryMb: number;

  constructor(options: WorkerEngineOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 250;
    this.memoryMb = options.memoryMb ?? 64;
  }

  async evaluateAll(
    expressions: readonly Expression[],
    scope: Scope,
    moment: EvaluationMoment,
  ): Promise<unknown[]> {
    const values = expressions.map(({ simple }) => (simple ? evaluateSimple(simple, scope) : GIVES_UP));
    if (!values.includes(GIVES_UP)) return values;
    const scopeText = JSON.stringify(scope);
    return Promise.all(
      values.map((value, index) =>
        value === GIVES_UP
          ? this.enqueue((expressions[index] as Expression).source, scopeText, moment)
          : value,
      ),
    );
  }

  /** Starts the thread before it is needed: it takes some 60 ms. */
  warmUp(): void {
    this.worker ??= this.startWorker();
  }

  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    this.stopWatching();
    this.failAll('the service is stopping');
    await worker?.terminate();
  }

  private enqueue(source: string, scope: string, moment: EvaluationMoment): Promise<unknown> {
    this.lastId = this.lastId === HIGHEST_ID ? 1 : this.lastId + 1;
    const id = this.lastId;
    const request = { id, source, scope, now: moment.now, seed: hash(moment.seed + source) };
    return new Promise((resolve, reject) => {
      this.pending.set(id, { request, resolve, reject });
      // What is asked for in one tick travels in one message.
      if (this.batch.push(request) === 1) queueMicrotask(() => this.send());
    });
  }

  private send(): void {
    const batch = this.batch;
    this.batch = [];
    this.worker ??= this.startWorker();
    this.worker.ref();
    this.worker.postMessage(batch);
    this.watch ??= setInterval(() => this.endIfStuck(), this.timeoutMs / 5);
  }

  private startWorker(): Worker {
    this.progress = newProgress();
    this.seen = { id: 0, at: 0 };
    const worker = new Worker(WORKER, {
      workerData: this.progress,
      name: 'baton-expressions',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.memoryMb, stackSizeMb: 2 },
    });
    worker.unref();
    worker.on('message', (reply: EvaluationReply) => this.settle(reply));
    worker.on('error', (error: Error) => {
      if (worker === this.worker) this.replaceWorker(`ended its thread: ${error.message}`);
    });
    worker.on('exit', () => {
      if (worker === this.worker) this.replaceWorker('ended its thread');
    });
    return worker;
  }

  private settle(reply: EvaluationReply): void {
    const entry = this.pending.get(reply.id);
    if (!entry) return;
    this.pending.delete(reply.id);
    if (this.pending.size === 0) this.rest();
    if ('error' in reply) entry.reject(failure(entry.request, reply.error));
    else entry.resolve(reply.value === undefined ? undefined : JSON.parse(reply.value));
  }

  private endIfStuck(): void {
    const running = Atomics.load(this.progress.running, 0);
    const now = performance.now();
    if (running === Atomics.load(this.progress.done, 0)) this.seen = { id: 0, at: now };
    else if (running !== this.seen.id) this.seen = { id: running, at: now };
    else if (now - this.seen.at >= this.timeoutMs)
      this.replaceWorker(`took longer than ${this.timeoutMs} ms`);
  }

  /** Fails what the thread was at; everything else is asked again of a new one. */
  private replaceWorker(reason: string): void {
    const culprit = this.pending.get(Atomics.load(this.progress.running, 0));
    const worker = this.worker;
    this.worker = undefined;
    void worker?.terminate();
    if (culprit) {
      this.pending.delete(culprit.request.id);
      culprit.reject(failure(culprit.request, reason));
    } else this.failAll(reason);
    this.batch = [];
    if (this.pending.size === 0) return this.rest();
    this.batch = [...this.pending.values()].map(({ request }) => request);
    this.send();
  }

  private failAll(reason: string): void {
    const entries = [...this.pending.values()];
    this.pending.clear();
    for (const { request, reject } of entries) reject(failure(request, reason));
  }

  private rest(): void {
    this.stopWatching();
    this.worker?.unref();
  }

  private stopWatching(): void {
    clearInterval(this.watch);
    this.watch = undefined;
  }
}

const newProgress = (): Progress => ({
  running: new Int32Array(new SharedArrayBuffer(4)),
  done: new Int32Array(new SharedArrayBuffer(4)),
});

const failure = (request: EvaluationRequest, reason: string): ExpressionError =>
  new ExpressionError(`The expression "${shortened(request.source)}" ${reason}`);

const shortened = (source: string): string => (source.length > 200 ? `${source.slice(0, 200)}…` : source);

/** FNV-1a: the seed of an expression's `$random()`. */
const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
};
