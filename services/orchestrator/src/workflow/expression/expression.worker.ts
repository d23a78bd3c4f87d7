import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import jsonata from 'jsonata';

/** What the engine asks: one expression over one scope, both as text. */
export interface EvaluationRequest {
  readonly id: number;
  readonly source: string;
  readonly scope: string;
  /** `$now()` and `$millis()`: the same on every resume. */
  readonly now: number;
  /** Of `$random()`: the same on every resume. */
  readonly seed: number;
}

/** `value` is JSON; absent where the expression gave nothing. */
export type EvaluationReply =
  { readonly id: number; readonly value?: string } | { readonly id: number; readonly error: string };

/** Which request is worked on and which is done, in memory that the engine can see while this thread is stuck. */
export interface Progress {
  readonly running: Int32Array;
  readonly done: Int32Array;
}

const MOST_CACHED = 500;
const LONGEST_RESULT = 1_048_576;

const clock = { now: 0 };
const random = { state: 0 };

/** JSONata asks the global clock and chance; here both belong to the run. */
const takeOverTimeAndChance = (): void => {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args: unknown[]) {
      super(...((args.length === 0 ? [clock.now] : args) as [number]));
    }
    static override now(): number {
      return clock.now;
    }
  } as DateConstructor;
  // Mulberry32: small, and good enough for picking one of several greetings.
  Math.random = () => {
    random.state = (random.state + 0x6d2b79f5) | 0;
    let t = Math.imul(random.state ^ (random.state >>> 15), 1 | random.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** An expression that found a way out of JSONata would find nothing here, and could leave nothing behind. */
const lockDown = (): void => {
  for (const name of ['process', 'fetch', 'WebSocket', 'EventSource', 'navigator', 'require', 'module'])
    Reflect.deleteProperty(globalThis, name);
  for (const prototype of [Object, Array, Function, String, Number, Boolean, Date, RegExp, Promise])
    Object.freeze(prototype.prototype);
};

const compiled = new Map<string, jsonata.Expression>();

const compile = (source: string): jsonata.Expression => {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source);
  if (compiled.size >= MOST_CACHED) compiled.delete(compiled.keys().next().value as string);
  compiled.set(source, expression);
  return expression;
};

const evaluate = async (request: EvaluationRequest): Promise<EvaluationReply> => {
  const { id } = request;
  try {
    clock.now = request.now;
    random.state = request.seed;
    const result: unknown = await compile(request.source).evaluate(JSON.parse(request.scope));
    if (isFunction(result)) return { id, error: 'gives a function, not a value' };
    const value = JSON.stringify(result) as string | undefined;
    if (value === undefined) return { id };
    return value.length > LONGEST_RESULT ? { id, error: 'gives more than 1 MiB' } : { id, value };
  } catch (error) {
    return { id, error: String((error as { message?: unknown }).message ?? error) };
  }
};

const isFunction = (result: unknown): boolean => {
  if (typeof result === 'function') return true;
  const marks = result as { _jsonata_lambda?: true; _jsonata_function?: true } | null | undefined;
  return Boolean(marks?._jsonata_lambda ?? marks?._jsonata_function);
};

const serve = (port: MessagePort, progress: Progress): void => {
  let queue = Promise.resolve();
  port.on('message', (requests: readonly EvaluationRequest[]) => {
    queue = queue.then(async () => {
      for (const request of requests) {
        Atomics.store(progress.running, 0, request.id);
        const reply = await evaluate(request);
        Atomics.store(progress.done, 0, request.id);
        port.postMessage(reply);
      }
    });
  });
};

if (parentPort) {
  takeOverTimeAndChance();
  lockDown();
  serve(parentPort, workerData as Progress);
}
