import { createRequire } from 'node:module';

/**
 * The package keeps its types where its `exports` do not show them, and its two builds differ in what
 * their default export is: this is the one place that knows, and the parts of it that we use.
 */
interface RedlockPackage {
  readonly default: new (clients: readonly unknown[], settings: RedlockSettings) => Redlock;
  readonly ResourceLockedError: new () => Error;
  readonly ExecutionError: new () => ExecutionError;
}

interface RedlockSettings {
  readonly retryCount: number;
  readonly automaticExtensionThreshold: number;
}

export interface Redlock {
  acquire(resources: string[], durationMs: number): Promise<Lock>;
  on(event: 'error', listener: (error: Error) => void): this;
}

export interface Lock {
  extend(durationMs: number): Promise<Lock>;
  release(): Promise<unknown>;
}

interface ExecutionError extends Error {
  readonly attempts: readonly Promise<{ readonly votesAgainst: ReadonlyMap<unknown, Error> }>[];
}

const redlock = createRequire(import.meta.url)('redlock') as RedlockPackage;

export const { ResourceLockedError, ExecutionError } = redlock;
export const RedlockClient = redlock.default;
