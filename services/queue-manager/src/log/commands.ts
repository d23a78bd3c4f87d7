import { BatonError, isBatonError, type Replayable, type RequestContext } from '@baton/contracts';
import {
  IDEMPOTENCY_KEEP_MS,
  type IdempotencyRecord,
  type Outcome,
  StreamQueue,
  type StreamRef,
} from '@baton/event-store';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { inTurn } from './in-turn.js';
import { QueueLog } from './queue-log.js';
import type { Work } from './work.js';

export interface Command<T> {
  readonly ctx: RequestContext;
  /** Epoch milliseconds: how long conflicts are retried. */
  readonly deadline: number;
  /** What it is about: others of this process wait instead of conflicting. */
  readonly streams: readonly StreamRef[];
  /** Tells items and agents what is wanted and gives the answer; asked again after a conflict. */
  readonly decide: (work: Work) => Promise<T>;
}

type Replayed = Extract<Outcome, { kind: 'replayed' }>;

/** Every command of a caller goes this way: load and decide, append with the caller's key, answer. */
@Injectable()
export class Commands {
  constructor(
    private readonly log: QueueLog,
    private readonly queue: StreamQueue,
    private readonly database: Database,
  ) {}

  execute<T>(command: Command<T>): Promise<Replayable<T>> {
    return inTurn(this.queue, command.streams, async () => {
      const { outcome, result } = await this.log.settle(command.deadline, () => this.attempt(command));
      if (outcome.kind !== 'replayed') return { result: result as T, replayed: false };
      if (outcome.bodyHash !== command.ctx.idempotency?.body_hash) {
        throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
      }
      return { result: outcome.answer as T, replayed: true };
    });
  }

  private async attempt<T>(command: Command<T>): Promise<{ outcome: Outcome; result?: T }> {
    const { ctx } = command;
    const work = this.log.begin(ctx.tenant_id);
    // 1. Load, 2. decide
    let result: T;
    try {
      result = await command.decide(work);
    } catch (error) {
      // A repeat of what was done before finds a state that refuses it: its first answer stands.
      const earlier = isBatonError(error) ? await this.earlier(ctx) : undefined;
      if (earlier) return { outcome: earlier };
      throw error;
    }
    // 3. Append, with the caller's key
    const idempotency = recordOf(ctx, result);
    const outcome = await this.log.commit(work, {
      actor: ctx.actor,
      correlationId: ctx.request_id,
      idempotency,
      evenIfEmpty: idempotency.length > 0,
    });
    // 4. Answer
    return { outcome, result };
  }

  private async earlier(ctx: RequestContext): Promise<Replayed | undefined> {
    const scope = scopeOf(ctx);
    if (scope === undefined) return undefined;
    const [row] = await this.database.hot<{ body_hash: string; answer: unknown }>(
      `SELECT * FROM ${this.database.schema}.recall_answer($1, $2)`,
      [ctx.tenant_id, scope],
    );
    return row && { kind: 'replayed', scope, bodyHash: row.body_hash, answer: row.answer };
  }
}

/** Tenant is implied; a key is one caller's on one route. */
const scopeOf = ({ idempotency }: RequestContext): string | undefined =>
  idempotency && `${idempotency.route}|${idempotency.caller}|${idempotency.key}`;

const recordOf = (ctx: RequestContext, answer: unknown): IdempotencyRecord[] => {
  const scope = scopeOf(ctx);
  if (scope === undefined || !ctx.idempotency) return [];
  return [{ scope, bodyHash: ctx.idempotency.body_hash, answer, keepMs: IDEMPOTENCY_KEEP_MS }];
};
