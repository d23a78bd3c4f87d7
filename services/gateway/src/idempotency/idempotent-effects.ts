import { BatonError, type Replayable, type RequestContext } from '@baton/contracts';
import { CONFIG, Database, deriveKey, open, seal, type SealingKey, type TenantQuery } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { GatewayConfig } from '../config.js';

interface Recorded {
  readonly body_hash: string;
  readonly answer: string | null;
}

/** The gateway's own effects (tenants, keys): one transaction with the record of their idempotency key. */
@Injectable()
export class IdempotentEffects {
  /** Answers hold API keys: sealed at rest. */
  private readonly sealingKey: SealingKey;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) config: GatewayConfig,
  ) {
    this.sealingKey = {
      id: 'gateway.idempotency',
      key: deriveKey(config.BATON_SECRET, 'gateway.idempotency'),
    };
  }

  /**
   * Runs `effect` once per idempotency key of this caller and route; a repeat, also one that comes
   * while the first is under way, gets the first answer.
   * @throws BatonError `idempotency-key-reused` where the body is another
   */
  run<T>(ctx: RequestContext, effect: (query: TenantQuery) => Promise<T>): Promise<Replayable<T>> {
    return this.database.tenant(ctx.tenant_id, async (query) => {
      if (!ctx.idempotency) return { result: await effect(query), replayed: false };
      const { key, route, caller, body_hash } = ctx.idempotency;
      const scope = `${route} ${caller} ${key}`;
      const mine = await this.claim(query, ctx.tenant_id, scope, body_hash);
      if (!mine) return this.replay<T>(query, ctx.tenant_id, scope, body_hash);
      const result = await effect(query);
      await query.query('UPDATE gateway.idempotency SET answer = $3 WHERE tenant_id = $1 AND scope = $2', [
        ctx.tenant_id,
        scope,
        seal(this.sealingKey, JSON.stringify(result), `${ctx.tenant_id} ${scope}`),
      ]);
      return { result, replayed: false };
    });
  }

  /** Waits for a concurrent holder of the same key to commit or fail: the primary key is the lock. */
  private async claim(
    query: TenantQuery,
    tenantId: string,
    scope: string,
    bodyHash: string,
  ): Promise<boolean> {
    await query.query(
      `DELETE FROM gateway.idempotency WHERE tenant_id = $1 AND created_at < now() - interval '24 hours'`,
      [tenantId],
    );
    const rows = await query.query(
      `INSERT INTO gateway.idempotency (tenant_id, scope, body_hash) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING scope`,
      [tenantId, scope, bodyHash],
    );
    return rows.length === 1;
  }

  private async replay<T>(
    query: TenantQuery,
    tenantId: string,
    scope: string,
    bodyHash: string,
  ): Promise<Replayable<T>> {
    const [recorded] = await query.query<Recorded>(
      'SELECT body_hash, answer FROM gateway.idempotency WHERE tenant_id = $1 AND scope = $2',
      [tenantId, scope],
    );
    if (!recorded?.answer)
      throw new BatonError('unavailable', 'The first request with this key has just ended; try again');
    if (recorded.body_hash !== bodyHash)
      throw new BatonError('idempotency-key-reused', 'This Idempotency-Key came with another body before');
    const answer = open(this.sealingKey, recorded.answer, `${tenantId} ${scope}`);
    return { result: JSON.parse(answer) as T, replayed: true };
  }
}
