import { Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { LedgerRow } from '../ledger/ledger-row.js';

/** What an operator sees of the models. */
@Injectable()
export class RouterMetrics {
  private readonly attempts;
  private readonly seconds;
  private readonly firstToken;
  private readonly tokens;
  private readonly breakers;
  private readonly replays;
  private readonly unpriced;
  private readonly cost;
  private readonly fallbacks;
  private readonly queue;
  private readonly limits;
  private readonly localLimits;
  private readonly budgets;
  private readonly cacheHits;

  constructor(metrics: Metrics) {
    this.attempts = metrics.counter('baton_llm_attempts_total', 'Requests to models', [
      'model',
      'kind',
      'outcome',
    ]);
    this.seconds = metrics.histogram('baton_llm_attempt_seconds', 'From request to whole answer', [
      'model',
      'kind',
    ]);
    this.firstToken = metrics.histogram('baton_llm_first_token_seconds', 'From request to first token', [
      'model',
    ]);
    this.tokens = metrics.counter('baton_llm_tokens_total', 'Tokens of prompts and answers', [
      'model',
      'direction',
    ]);
    this.breakers = metrics.gauge('baton_llm_breaker_open', '1 while a model is left alone', ['model']);
    this.replays = metrics.counter('baton_llm_replays_total', 'Calls answered from the ledger', ['kind']);
    this.queue = metrics.histogram('baton_llm_queue_seconds', 'Waiting for room within a limit', ['model']);
    this.limits = metrics.counter('baton_llm_limited_total', 'Calls that found no room in time', ['model']);
    this.localLimits = metrics.counter(
      'baton_llm_limited_locally_total',
      'Calls that were counted in this process alone since Redis was away',
    );
    this.budgets = metrics.counter('baton_llm_over_budget_total', 'Calls refused for a budget', ['scope']);
    this.cacheHits = metrics.counter('baton_llm_cache_hits_total', 'Calls answered from the cache', ['kind']);
    this.cost = metrics.counter('baton_llm_cost_usd_total', 'What requests to models cost', ['model']);
    this.fallbacks = metrics.counter(
      'baton_llm_fallbacks_total',
      'Calls that went on with the next model of their tier',
      ['model'],
    );
    this.unpriced = metrics.counter('baton_llm_unpriced_total', 'Answers of models without a price', [
      'model',
    ]);
  }

  attempt(row: LedgerRow): void {
    const { model, kind, outcome } = row;
    this.attempts.inc({ model, kind, outcome });
    this.seconds.observe({ model, kind }, (row.latency_ms ?? 0) / 1000);
    if (row.first_token_ms !== null) this.firstToken.observe({ model }, row.first_token_ms / 1000);
    this.tokens.inc({ model, direction: 'input' }, row.input_tokens);
    this.tokens.inc({ model, direction: 'output' }, row.output_tokens);
    this.cost.inc({ model }, Number(row.cost_usd));
  }

  /** @param model the one that was given up */
  fellBack(model: string): void {
    this.fallbacks.inc({ model });
  }

  breaker(model: string, open: boolean): void {
    this.breakers.set({ model }, open ? 1 : 0);
  }

  queued(model: string, seconds: number): void {
    this.queue.observe({ model }, seconds);
  }

  limited(model: string): void {
    this.limits.inc({ model });
  }

  limitedLocally(): void {
    this.localLimits.inc();
  }

  overBudget(scope: string): void {
    this.budgets.inc({ scope });
  }

  cacheHit(kind: LedgerRow['kind']): void {
    this.cacheHits.inc({ kind });
  }

  replay(kind: LedgerRow['kind']): void {
    this.replays.inc({ kind });
  }

  noPrice(model: string): void {
    this.unpriced.inc({ model });
  }
}
