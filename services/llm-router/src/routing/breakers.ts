import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';

import { ProviderError } from '../providers/provider-error.js';

/** This many failures in a row, and the model is left alone. */
const FAILURES = 5;
/** Then one call may try whether it is well again. */
const HALF_OPEN_AFTER_MS = 10_000;

/** A breaker for each model: while a vendor is down, calls go elsewhere at once in place of waiting for it. */
export class Breakers {
  private readonly breakers = new Map<string, CircuitBreakerPolicy>();

  constructor(private readonly onChange: (model: string, open: boolean) => void = () => undefined) {}

  /**
   * Runs one attempt.
   * @throws ProviderError `transient` without having tried where the breaker is open
   */
  async attempt<T>(model: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.breaker(model).execute(work);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new BreakerOpenError(model);
    }
  }

  private breaker(model: string): CircuitBreakerPolicy {
    let breaker = this.breakers.get(model);
    if (!breaker) {
      breaker = circuitBreaker(handleWhen(isVendorsFault), {
        halfOpenAfter: HALF_OPEN_AFTER_MS,
        breaker: new ConsecutiveBreaker(FAILURES),
      });
      breaker.onBreak(() => this.onChange(model, true));
      breaker.onReset(() => this.onChange(model, false));
      this.breakers.set(model, breaker);
    }
    return breaker;
  }
}

/** No attempt was made: there is no row of it, and waiting for this model is no use. */
export class BreakerOpenError extends ProviderError {
  constructor(model: string) {
    super('transient', `The breaker of ${model} is open`, { retryAfterMs: HALF_OPEN_AFTER_MS });
  }
}

/** A 429 is a queue, not an illness: the vendor says itself when to come back. */
const isVendorsFault = (error: Error): boolean =>
  error instanceof ProviderError &&
  (error.kind === 'transient' || error.kind === 'cut') &&
  error.status !== 429;
