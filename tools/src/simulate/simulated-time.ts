import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

import type { Kernel } from './kernel.js';
import type { Queued } from './event-queue.js';
import { Random } from './random.js';

/** What a process of the simulated world gets from `setTimeout`. */
class SimulatedTimer {
  constructor(
    private queued: Queued,
    private readonly again: (() => Queued) | undefined,
  ) {}

  repeat(): void {
    if (this.again) this.queued = this.again();
  }
  stop(): void {
    this.queued.isCancelled = true;
  }
  get isStopped(): boolean {
    return this.queued.isCancelled;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
}

type Callback = (...args: unknown[]) => void;

/**
 * Puts the kernel's time, timers and randomness in the place of the platform's, for everything that runs in this
 * thread; returns what puts them back. Code is simulated as it is: it calls `setTimeout` and `Date.now`.
 */
export const simulateTime = (kernel: Kernel): (() => void) => {
  const RealDate = Date;
  class SimulatedDate extends RealDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(Math.floor(kernel.nowMs));
      else super(...(args as [number]));
    }
    static override now(): number {
      return Math.floor(kernel.nowMs);
    }
  }
  const start = (ms: number | undefined, happen: Callback, args: unknown[], isRepeated: boolean) => {
    const process = kernel.current;
    const wait = Math.max(isRepeated ? 1 : 0, Number(ms) || 0);
    const timer: SimulatedTimer = new SimulatedTimer(
      kernel.after(wait, process, fire),
      isRepeated ? () => kernel.after(wait, process, fire) : undefined,
    );
    function fire(): void {
      timer.repeat();
      happen(...args);
    }
    return timer;
  };
  const stop = (timer: unknown): void => {
    if (timer instanceof SimulatedTimer) timer.stop();
  };
  const replaced: Record<string, unknown> = {
    Date: SimulatedDate,
    setTimeout: (happen: Callback, ms?: number, ...args: unknown[]) => start(ms, happen, args, false),
    setInterval: (happen: Callback, ms?: number, ...args: unknown[]) => start(ms, happen, args, true),
    setImmediate: (happen: Callback, ...args: unknown[]) => start(0, happen, args, false),
    clearTimeout: stop,
    clearInterval: stop,
    clearImmediate: stop,
  };
  const undo = Object.entries(replaced).map(([name, value]) => replace(globalThis, name, value));
  // A stream of their own: how many bytes are drawn ahead must not move what happens.
  const drawn = new Random(kernel.random.between(0, 0xffff_ffff));
  const fill = <T extends Uint8Array>(bytes: T): T => {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = drawn.between(0, 255);
    return bytes;
  };
  undo.push(
    replace(performance, 'now', () => kernel.nowMs - kernel.beganAt + 1000),
    replace(Math, 'random', () => kernel.random.next()),
    replace(crypto, 'getRandomValues', fill),
    replace(nodeCrypto, 'randomFillSync', fill),
    replace(nodeCrypto, 'randomBytes', (size: number) => fill(Buffer.alloc(size))),
  );
  // What was imported from `node:crypto` by name follows.
  syncBuiltinESMExports();
  return () => {
    for (const each of undo.reverse()) each();
    syncBuiltinESMExports();
  };
};

const replace = (target: object, name: string, value: unknown): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(target, name, before);
    else Reflect.deleteProperty(target, name);
  };
};
