import { createHash } from 'node:crypto';

import { BatonError, type BudgetEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable, Logger } from '@nestjs/common';

import type { CallIdentity } from '../ledger/ledger-row.js';
import { ModelSettings } from '../models-file/model-settings.js';
import { RouterMetrics } from '../telemetry/router-metrics.js';
import { type Account, accountKey, accountsOf, reached } from './budget.js';
import { Spending } from './spending.js';

const MOST_TOLD = 10_000;

/**
 * Minds what may be spent. What a call will cost nobody knows before, so a budget is overdrawn by what was under way
 * when it was reached, and never by a call that began after.
 */
@Injectable()
export class BudgetGuard {
  private readonly logger = new Logger('BudgetGuard');
  /** What this process has told of; the log knows for all. */
  private readonly told = new Set<string>();

  constructor(
    private readonly settings: ModelSettings,
    private readonly spending: Spending,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly metrics: RouterMetrics,
  ) {}

  /** Why this call may not be made; undefined where it may. */
  async refusal(call: CallIdentity): Promise<BatonError | undefined> {
    for (const account of this.accountsOf(call)) {
      const spent = await this.spending.of(account);
      const limit = await this.look(account, spent);
      if (limit !== 'hard') continue;
      this.metrics.overBudget(account.scope);
      return exceeded(account, spent);
    }
    return undefined;
  }

  /** A call has been paid for: whoever should know of a limit it reached is told now, not at the next call. */
  spent(call: CallIdentity, costUsd: string): void {
    const accounts = this.accountsOf(call);
    if (accounts.length === 0 || costUsd === '0') return;
    for (const account of accounts) this.spending.add(account, costUsd);
    void this.lookAt(accounts).catch((error: unknown) =>
      this.logger.warn(
        { err: error },
        'Could not see whether a budget is reached: the next call looks again',
      ),
    );
  }

  private async lookAt(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) await this.look(account, await this.spending.of(account));
  }

  private async look(account: Account, spent: string): Promise<'hard' | 'soft' | null> {
    const limit = reached(account, spent);
    if (limit === null) return null;
    const { soft_usd, hard_usd } = account.rule;
    if (soft_usd !== undefined) await this.tell('budget.soft_limit_reached', account, soft_usd, spent);
    if (limit === 'hard' && hard_usd !== undefined)
      await this.tell('budget.hard_limit_reached', account, hard_usd, spent);
    return limit;
  }

  /** Once for each limit and period: the stream's first version can be written once. */
  private async tell(
    type: BudgetEvent['type'],
    account: Account,
    limit: string,
    spent: string,
  ): Promise<void> {
    const key = `${type}/${accountKey(account)}/${limit}`;
    if (this.told.has(key)) return;
    const { tenantId, scope, owner, since } = account;
    await this.store.transact({
      tenantId,
      now: this.clock.nowIso(),
      appends: [
        {
          ref: {
            tenantId,
            streamType: 'budget',
            streamId: `${scope}_${createHash('sha256').update(key).digest('hex')}`,
          },
          expectedVersion: 0,
          events: [
            { type, data: { scope, owner, since, limit_usd: limit, spent_usd: spent } } satisfies BudgetEvent,
          ],
          metadata: { actor: SYSTEM_ACTOR },
        },
      ],
    });
    if (this.told.size >= MOST_TOLD) this.told.clear();
    this.told.add(key);
  }

  private accountsOf(call: CallIdentity): readonly Account[] {
    const { budgets } = this.settings;
    return budgets.length === 0 ? [] : accountsOf(budgets, call, this.clock.nowIso().slice(0, 10));
  }
}

const WHOSE = {
  tenant: 'this tenant',
  workflow: 'this workflow',
  conversation: 'this conversation',
  run: 'this run',
} as const;

const exceeded = ({ scope, since, rule }: Account, spent: string): BatonError =>
  new BatonError(
    'budget-exceeded',
    `The model budget of ${WHOSE[scope]} is spent${since === null ? '' : ` for this ${rule.period ?? 'period'}`}`,
    { details: { scope, since, limit_usd: rule.hard_usd, spent_usd: spent } },
  );
