import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { addMoney } from '../pricing/money.js';
import { type Account, accountKey } from './budget.js';

interface Known {
  spent: string;
  readonly until: number;
}

const MOST_KNOWN = 5_000;
const FRESH_MS = 1_000;
/** A sum over a long month is asked for so rarely that it takes a twentieth of the time at most. */
const REST = 20;

/** What accounts have spent, by the ledger. */
@Injectable()
export class Spending {
  private readonly known = new Map<string, Known>();

  constructor(private readonly database: Database) {}

  /**
   * A conversation's or a run's is always counted anew; a tenant's or a workflow's may be a second old, and what other
   * replicas spent meanwhile is not in it.
   */
  async of(account: Account): Promise<string> {
    if (account.since === null) return this.count(account);
    const key = accountKey(account);
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.spent;
    const began = performance.now();
    const spent = await this.count(account);
    const now = performance.now();
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(key, { spent, until: now + Math.max(FRESH_MS, REST * (now - began)) });
    return spent;
  }

  /** A call was paid for here. */
  add(account: Account, costUsd: string): void {
    const known = this.known.get(accountKey(account));
    if (known) known.spent = addMoney(known.spent, costUsd);
  }

  private async count({ tenantId, scope, owner, conversationId, since, rule }: Account): Promise<string> {
    const rows = await this.database.hot<{ spent: string }>(
      `SELECT ${this.database.schema}.llm_spent($1, $2, $3, $4, $5, $6)::text AS spent`,
      [tenantId, scope, owner, conversationId, rule.workflow ?? null, since],
    );
    return rows[0]?.spent ?? '0';
  }
}
