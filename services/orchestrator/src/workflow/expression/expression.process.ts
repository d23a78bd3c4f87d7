import { Worker } from 'node:worker_threads';

import type { EvaluationReply, EvaluationRequest, Progress } from './expression.worker.js';

/** What the engine tells this process before anything else. */
export interface Limits {
  /** An evaluation that runs longer is ended together with its thread. */
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './expression.worker.ts' : './expression.worker.js',
  import.meta.url,
);

/**
 * One thread for all evaluations. An endless expression starves the timers of its own thread, so it is this side
 * that watches: the thread is ended, the culprit fails, whoever waited behind it starts again on a fresh thread.
 */
class ExpressionThread {
  private worker: Worker | undefined;
  private progress = newProgress();
  private readonly waiting = new Map<number, EvaluationRequest>();
  private watch: NodeJS.Timeout | undefined;
  private seen = { id: 0, at: 0 };
  private readonly limits: Limits;
  private readonly answer: (reply: EvaluationReply) => void;

  constructor(limits: Limits, answer: (reply: EvaluationReply) => void) {
    this.limits = limits;
    this.answer = answer;
    this.worker = this.startWorker();
  }

  evaluate(requests: readonly EvaluationRequest[]): void {
    for (const request of requests) this.waiting.set(request.id, request);
    this.send(requests);
  }

  private send(requests: readonly EvaluationRequest[]): void {
    this.worker ??= this.startWorker();
    this.worker.postMessage(requests);
    this.watch ??= setInterval(() => this.endIfStuck(), this.limits.timeoutMs / 5);
  }

  private startWorker(): Worker {
    this.progress = newProgress();
    this.seen = { id: 0, at: 0 };
    const worker = new Worker(WORKER, {
      workerData: this.progress,
      name: 'baton-expressions',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.limits.memoryMb, stackSizeMb: 2 },
    });
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
    if (!this.waiting.delete(reply.id)) return;
    if (this.waiting.size === 0) this.stopWatching();
    this.answer(reply);
  }

  private endIfStuck(): void {
    const running = Atomics.load(this.progress.running, 0);
    const now = performance.now();
    if (running === Atomics.load(this.progress.done, 0)) this.seen = { id: 0, at: now };
    else if (running !== this.seen.id) this.seen = { id: running, at: now };
    else if (now - this.seen.at >= this.limits.timeoutMs)
      this.replaceWorker(`took longer than ${this.limits.timeoutMs} ms`);
  }

  /** Fails what the thread was at; everything else is asked again of a new one. */
  private replaceWorker(reason: string): void {
    const running = Atomics.load(this.progress.running, 0);
    const culprits = this.waiting.has(running) ? [running] : [...this.waiting.keys()];
    void this.worker?.terminate();
    this.worker = undefined;
    for (const id of culprits) {
      this.waiting.delete(id);
      this.answer({ id, error: reason });
    }
    if (this.waiting.size === 0) this.stopWatching();
    else this.send([...this.waiting.values()]);
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

/** Ends with the process that asked, not with a signal to the whole group: that one may still have work to finish. */
const serve = (): void => {
  let thread: ExpressionThread | undefined;
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit());
  process.on('message', (message: Limits | readonly EvaluationRequest[]) => {
    if ('timeoutMs' in message) thread ??= new ExpressionThread(message, (reply) => process.send?.(reply));
    else thread?.evaluate(message);
  });
};

serve();
