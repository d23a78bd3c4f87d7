import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Expression } from './expression.js';
import type { Limits } from './expression.process.js';
import type { EvaluationReply, EvaluationRequest } from './expression.worker.js';
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

/** Evaluates expressions; simple ones at once, all others in a thread of another process. */
export interface ExpressionEngine {
  /**
   * The values of several expressions over one scope, in their order.
   * @throws ExpressionError of the first that failed
   */
  evaluateAll(expressions: readonly Expression[], scope: Scope, moment: EvaluationMoment): Promise<unknown[]>;
}

export type WorkerEngineOptions = Partial<Limits>;

interface Pending {
  readonly request: EvaluationRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ExpressionError) => void;
}

const PROGRAM = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? './expression.process.ts' : './expression.process.js',
    import.meta.url,
  ),
);
const HIGHEST_ID = 0x7fffffff;

/**
 * One worker thread for all evaluations of this process, in a process of its own: one allocation far beyond a
 * thread's limit (`$pad('', 100000000, 'x')`) does not end the thread, V8 aborts the process that it is in.
 */
export class WorkerExpressionEngine implements ExpressionEngine {
  private child: ChildProcess | undefined;
  private readonly pending = new Map<number, Pending>();
  private batch: EvaluationRequest[] = [];
  /** Asked for when a process died: one of them killed it, so each goes alone until all are through. */
  private suspects: EvaluationRequest[] = [];
  private lastId = 0;
  private readonly limits: Limits;

  constructor(options: WorkerEngineOptions = {}) {
    this.limits = { timeoutMs: options.timeoutMs ?? 250, memoryMb: options.memoryMb ?? 64 };
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

  /** Starts the process before it is needed: it takes some 100 ms. */
  warmUp(): void {
    this.child ??= this.startChild();
  }

  async close(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    this.suspects = [];
    this.failAll('the service is stopping');
    if (child?.pid === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.ref();
    child.kill('SIGKILL');
    await gone;
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
    if (this.batch.length === 0 || this.suspects.length > 0) return;
    const { batch } = this;
    this.batch = [];
    this.post(batch);
  }

  private post(requests: readonly EvaluationRequest[]): void {
    this.child ??= this.startChild();
    // A process that dies meanwhile says so by its exit.
    this.child.send(requests, () => undefined);
    this.child.channel?.ref();
  }

  private startChild(): ChildProcess {
    const child = fork(PROGRAM, [], {
      env: {},
      execArgv: ['--no-warnings'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (reply) => this.settle(reply as EvaluationReply));
    child.on('error', () => {
      if (child === this.child && child.pid === undefined) this.afterDeath();
    });
    child.on('exit', () => {
      if (child === this.child) this.afterDeath();
    });
    child.send(this.limits, () => undefined);
    child.unref();
    child.channel?.unref();
    return child;
  }

  private settle(reply: EvaluationReply): void {
    const entry = this.pending.get(reply.id);
    if (!entry) return;
    this.pending.delete(reply.id);
    if ('error' in reply) entry.reject(failure(entry.request, reply.error));
    else entry.resolve(reply.value === undefined ? undefined : JSON.parse(reply.value));
    this.nextSuspect(reply.id);
    if (this.pending.size === 0) this.child?.channel?.unref();
  }

  private afterDeath(): void {
    this.child = undefined;
    const [alone] = this.suspects;
    if (alone) {
      this.settle({ id: alone.id, error: 'ended its process: it takes too much memory' });
      return;
    }
    const unsent = new Set(this.batch.map(({ id }) => id));
    this.suspects = [...this.pending.values()]
      .map(({ request }) => request)
      .filter(({ id }) => !unsent.has(id));
    const [first] = this.suspects;
    if (first) this.post([first]);
  }

  private nextSuspect(settled: number): void {
    if (this.suspects[0]?.id !== settled) return;
    this.suspects.shift();
    const [next] = this.suspects;
    if (next) this.post([next]);
    else this.send();
  }

  private failAll(reason: string): void {
    const entries = [...this.pending.values()];
    this.pending.clear();
    this.batch = [];
    for (const { request, reject } of entries) reject(failure(request, reason));
  }
}

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
