import { BatonError, isBatonError, type ProblemCode } from '@baton/contracts';
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  handleWhen,
  type IBackoff,
  type IBackoffFactory,
} from 'cockatiel';

import { RefusedError } from './refused.js';

export interface BreakerOptions {
  /** Names it in refusals. */
  readonly name: string;
  /** It opens when this part of the last calls failed; 0.5 unless told. */
  readonly threshold?: number;
  /** Of how many last calls; 20 unless told. */
  readonly window?: number;
  /** Fewer calls than this say nothing; 5 unless told. */
  readonly minimum?: number;
  /** How long it stays open first; 1 s unless told. Doubles with each probe that fails. */
  readonly openMs?: number;
  /** 30 s unless told. */
  readonly longestOpenMs?: number;
  /** What counts against the dependency; {@link isTrouble} unless told. */
  readonly isFailure?: (error: unknown) => boolean;
  readonly random?: () => number;
  readonly onChange?: (state: BreakerState, reason: unknown) => void;
}

export type BreakerState = 'closed' | 'half-open' | 'open';

/** What says nothing against whom we asked: they answered, or it was never their fault. */
const NO_TROUBLE: ReadonlySet<ProblemCode> = new Set([
  'validation-failed',
  'malformed-json',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'invalid-transition',
  'conflict',
  'offer-gone',
  'version-conflict',
  'stale-owner',
  'erased',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'too-many-requests',
  'budget-exceeded',
  'model-refused',
  'model-incapable',
  'model-output-invalid',
  'cancelled',
]);

/** True where an error means that whom we asked is down, broken or too slow. */
export const isTrouble = (error: unknown): boolean =>
  !(error instanceof RefusedError) && !(isBatonError(error) && NO_TROUBLE.has(error.code));

/**
 * Stops asking what does not answer, so that its callers fail at once and it has the quiet to come back; then one
 * call at a time tries whether it did. A cockatiel breaker that speaks Baton's errors.
 */
export class Breaker {
  private readonly policy: CircuitBreakerPolicy;
  private readonly closing: Closing;
  private openUntil = -Infinity;

  constructor(private readonly options: BreakerOptions) {
    const { threshold = 0.5, window = 20, minimum = 5, isFailure = isTrouble } = options;
    this.closing = new Closing(options);
    // A probe that was called off has not shown that all is well.
    const failed = handleWhen(
      (error) => isFailure(error) || (this.state !== 'closed' && isBatonError(error, 'cancelled')),
    );
    this.policy = circuitBreaker(failed, {
      halfOpenAfter: this.closing,
      breaker: new CountBreaker({ threshold, size: window, minimumNumberOfCalls: minimum }),
    });
    this.policy.onBreak((reason) => this.opened('error' in reason ? reason.error : undefined));
    this.policy.onHalfOpen(() => options.onChange?.('half-open', undefined));
    this.policy.onReset(() => options.onChange?.('closed', undefined));
  }

  get state(): BreakerState {
    switch (this.policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
    }
  }

  /** Open and not yet due to be tried again, or being tried just now. */
  get refuses(): boolean {
    return this.state === 'half-open' || (this.state === 'open' && Date.now() < this.openUntil);
  }

  /**
   * Runs `work` unless the breaker is open; `isTroubled` marks results that say the same as an error would.
   * @throws RefusedError `open`; what `work` throws
   */
  async run<T>(work: () => Promise<T>, isTroubled?: (value: T) => boolean): Promise<T> {
    if (this.refuses) throw this.refusal();
    try {
      return await this.policy.execute(async () => {
        const value = await work();
        if (isTroubled?.(value)) throw new Troubled(value);
        return value;
      });
    } catch (error) {
      if (error instanceof Troubled) return error.value as T;
      throw error instanceof BrokenCircuitError ? this.refusal() : error;
    }
  }

  refusal(): RefusedError {
    const waitMs = this.openUntil - Date.now();
    return new RefusedError(
      'open',
      `${this.options.name} has kept failing and is left alone for a moment`,
      ...(waitMs > 0 ? [waitMs] : []),
    );
  }

  private opened(reason: unknown): void {
    this.openUntil = Date.now() + this.closing.latestMs;
    this.options.onChange?.('open', reason);
  }
}

class Troubled extends BatonError {
  constructor(readonly value: unknown) {
    super('unavailable', 'Its answer says that it is in trouble');
  }
}

/** How long the breaker stays open: doubling, half of it random, so that replicas do not probe together. */
class Closing implements IBackoffFactory<unknown> {
  latestMs = 0;

  constructor(private readonly options: BreakerOptions) {}

  next(): IBackoff<unknown> {
    return this.after(1);
  }

  private after(attempt: number): IBackoff<unknown> {
    const { openMs = 1000, longestOpenMs = 30_000, random = Math.random } = this.options;
    const full = Math.min(longestOpenMs, openMs * 2 ** (attempt - 1));
    const duration = full * (0.5 + random() / 2);
    this.latestMs = duration;
    return { duration, next: () => this.after(attempt + 1) };
  }
}
