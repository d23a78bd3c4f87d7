import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';

import { NotAttemptedError, ProviderError } from '../providers/provider-error.js';

/** This many failures in a row, and the model is left alone. */
const FAILURES = 5;
/** Then one call may try whether it is well again. */
const HALF_OPEN_AFTER_MS = 10_000;

/** How a model did lately. */
export interface ModelCondition {
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly lastFailure: string | null;
}

interface Watched {
  readonly policy: CircuitBreakerPolicy;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastFailure: string | null;
}

/** A breaker for each model: while a vendor is down, calls go elsewhere at once in place of waiting for it. */
export class Breakers {
  private readonly models = new Map<string, Watched>();

  constructor(
    private readonly onChange: (model: string, open: boolean) => void = () => undefined,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /**
   * Runs one attempt.
   * @throws BreakerOpenError without having tried
   */
  async attempt<T>(model: string, work: () => Promise<T>): Promise<T> {
    const watched = this.watched(model);
    try {
      const result = await watched.policy.execute(work);
      watched.lastSuccessAt = this.now();
      return result;
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new BreakerOpenError(model);
      if (error instanceof ProviderError && error.kind !== 'cancelled') {
        watched.lastFailureAt = this.now();
        watched.lastFailure = error.status === undefined ? error.kind : `${error.kind}-${error.status}`;
      }
      throw error;
    }
  }

  condition(model: string): ModelCondition {
    const watched = this.models.get(model);
    if (!watched) return { breaker: 'closed', lastSuccessAt: null, lastFailureAt: null, lastFailure: null };
    const { policy, lastSuccessAt, lastFailureAt, lastFailure } = watched;
    return { breaker: STATES[policy.state], lastSuccessAt, lastFailureAt, lastFailure };
  }

  private watched(model: string): Watched {
    let watched = this.models.get(model);
    if (!watched) {
      const policy = circuitBreaker(handleWhen(isVendorsFault), {
        halfOpenAfter: HALF_OPEN_AFTER_MS,
        breaker: new ConsecutiveBreaker(FAILURES),
      });
      policy.onBreak(() => this.onChange(model, true));
      policy.onReset(() => this.onChange(model, false));
      watched = { policy, lastSuccessAt: null, lastFailureAt: null, lastFailure: null };
      this.models.set(model, watched);
    }
    return watched;
  }
}

const STATES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
} as const satisfies Record<CircuitState, ModelCondition['breaker']>;

/** Waiting for this model is no use. */
export class BreakerOpenError extends NotAttemptedError {
  constructor(model: string) {
    super(`The model ${model} has failed again and again and is left alone for a moment`, HALF_OPEN_AFTER_MS);
  }
}

/** A 429 is a queue, not an illness: the vendor says itself when to come back. */
const isVendorsFault = (error: Error): boolean =>
  error instanceof ProviderError &&
  (error.kind === 'transient' || error.kind === 'cut') &&
  error.status !== 429;
