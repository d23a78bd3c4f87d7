import type { BatonError } from '@baton/contracts';

import type { CallIdentity } from '../ledger/ledger-row.js';
import type { TokenUsage } from '../providers/provider.js';
import type { Route } from '../routing/model-router.js';
import type { SpanFacts } from '../telemetry/call-telemetry.js';

/** What a model gave, before it is judged. */
export interface Answered<R> {
  readonly reply: R;
  readonly usage: TokenUsage;
}

export interface AttemptOptions {
  readonly signal: AbortSignal;
  /** Told at each sign of life of a stream. */
  readonly touch: () => void;
  /** 1 for the first request of this call. */
  readonly attempt: number;
}

/** What an answer is worth. */
export type Judgement<T> =
  | { readonly kind: 'final'; readonly outcome: 'ok' | 'refused'; readonly result: T }
  /** Asked again, with what is wrong said: the plan remembers what. */
  | { readonly kind: 'repair' }
  | { readonly kind: 'invalid'; readonly error: BatonError };

/** One call as its handler describes it; {@link PaidCalls} sees to ledger, tries and time. */
export interface CallPlan<R, T> {
  readonly identity: CallIdentity;
  readonly routes: readonly Route[];
  /** From now until the call is given up, whether or not whoever asked still waits: the answer is kept. */
  readonly timeoutMs: number;
  /** Whether it may be asked again after tokens were streamed. */
  readonly mayRestart: boolean;
  /** About how many tokens of prompt and answer a limit should expect. */
  readonly expectedTokens: number;
  /** Where the same call always has the same answer: what it is known by. Undefined: never taken from the cache. */
  readonly cacheKey: string | undefined;
  /** @throws ProviderError */
  perform(route: Route, options: AttemptOptions): Promise<Answered<R>>;
  /** @throws ProviderError where the answer is as good as none */
  judge(route: Route, answered: Answered<R>): Judgement<T>;
  /** What traces tell of the call. */
  facts?(): SpanFacts;
  /** Tells who watches of an answer that came from the cache. */
  replay?(result: T): void;
}

/** A plan being carried out. */
export interface Flight<R, T> {
  readonly plan: CallPlan<R, T>;
  /** Aborts when the call is cancelled or its time is over. */
  readonly signal: AbortSignal;
  /** The same time, on this process's monotonic clock. */
  readonly deadline: number;
}

/** What is stored for a call id, and given again for it. */
export interface StoredResult<T> {
  readonly result: T;
  /** `provider/model` that answered. */
  readonly model: string;
  /** Of all attempts together. */
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cost_usd: string;
  };
}
