import {
  BatonError,
  isBatonError,
  type ConversationEvent,
  type Replayable,
  type RequestContext,
} from '@baton/contracts';
import {
  IDEMPOTENCY_KEEP_MS,
  type IdempotencyRecord,
  type Outcome,
  type StreamQueue,
  withRetry,
} from '@baton/event-store';
import type { Clock } from '@baton/service';

import type { ConversationCommand } from './conversation.commands.js';
import { decide } from './conversation.decider.js';
import { evolve } from './conversation.evolve.js';
import { conversationKeyId, conversationRef } from './conversation-ref.js';
import { type Commit, type ConversationRepository, type Loaded } from './conversation.repository.js';
import type { ConversationReads } from './conversation.reads.js';
import type { Conversation } from './conversation.state.js';

export interface Execution<T> {
  readonly ctx: RequestContext;
  readonly conversationId: string;
  /** Epoch milliseconds: how long conflicts are retried. */
  readonly deadline: number;
  /** The command for the state as it is now; asked again after a conflict. */
  readonly command: (loaded: Loaded, now: string) => ConversationCommand | Promise<ConversationCommand>;
  /** What the caller is told once the events are in the log. */
  readonly answer: (
    after: { state: Conversation; version: number },
    events: readonly ConversationEvent[],
  ) => T;
  /** Keys beside the caller's own `Idempotency-Key`, as a message's turn id. */
  readonly keys?: (events: readonly ConversationEvent[], after: Conversation) => readonly IdempotencyRecord[];
  /** What an earlier answer means now; by default it is given again as it was. */
  readonly replay?: (stored: unknown) => Promise<T>;
  readonly extras?: (events: readonly ConversationEvent[], loaded: Loaded) => Partial<Commit>;
}

/** Load, decide, append, answer: every command of a conversation goes this way. */
export class ConversationCommandHandler {
  constructor(
    private readonly repository: ConversationRepository,
    private readonly reads: ConversationReads,
    private readonly queue: StreamQueue,
    private readonly clock: Clock,
  ) {}

  execute<T>(execution: Execution<T>): Promise<Replayable<T>> {
    const { ctx, conversationId } = execution;
    return this.queue.run(conversationRef(ctx.tenant_id, conversationId), async () => {
      const done = await withRetry(execution.deadline, () => this.attempt(execution));
      if (done.outcome.kind !== 'replayed') return { result: done.result as T, replayed: false };
      return this.replayed(execution, done.outcome);
    });
  }

  private async attempt<T>(
    execution: Execution<T>,
    isSure = false,
  ): Promise<{ outcome: Outcome; result?: T }> {
    const { ctx, conversationId } = execution;
    // 1. Load: what is remembered will do where it leads to a commit, which finds out if it is out of date
    const loaded = isSure
      ? await this.repository.load(ctx.tenant_id, conversationId)
      : await this.repository.recall(ctx.tenant_id, conversationId);
    const now = this.clock.nowIso();
    // 2. Decide
    let events: readonly ConversationEvent[];
    try {
      events = decide(await execution.command(loaded, now), loaded.state);
    } catch (error) {
      if (!isSure && isBatonError(error)) return this.attempt(execution, true);
      // A repeat of what was done before finds a state that refuses it: its first answer stands.
      const earlier = isBatonError(error) ? await this.earlier(execution) : undefined;
      if (earlier) return { outcome: earlier };
      throw error;
    }
    const preview = fold(loaded.state, events, now);
    const result = execution.answer({ state: preview, version: loaded.version + events.length }, events);
    const keys = [
      ...this.callerKey(ctx, conversationId, result),
      ...(execution.keys?.(events, preview) ?? []),
    ];
    if (events.length === 0 && !isSure) return this.attempt(execution, true);
    if (events.length === 0)
      return { outcome: (await this.earlier(execution)) ?? { kind: 'committed', events: [] }, result };
    // 3. Append, with the expected version and the keys in one commit
    const { outcome } = await this.repository.commit({
      tenantId: ctx.tenant_id,
      conversationId,
      before: loaded,
      events,
      actor: ctx.actor,
      now,
      correlationId: ctx.request_id,
      idempotency: keys,
      ...execution.extras?.(events, loaded),
    });
    // 4. Answer
    return { outcome, result };
  }

  private callerKey(ctx: RequestContext, conversationId: string, answer: unknown): IdempotencyRecord[] {
    const { idempotency } = ctx;
    if (!idempotency) return [];
    return [
      {
        scope: callerScope(ctx) as string,
        bodyHash: idempotency.body_hash,
        answer: answer ?? null,
        keepMs: IDEMPOTENCY_KEEP_MS,
        subject: conversationKeyId(conversationId),
      },
    ];
  }

  private async earlier<T>(
    execution: Execution<T>,
  ): Promise<Extract<Outcome, { kind: 'replayed' }> | undefined> {
    const scope = callerScope(execution.ctx);
    const scopes = [
      ...(scope === undefined ? [] : [scope]),
      ...(execution.keys?.([], { status: 'NOT_STARTED' }) ?? []).map((key) => key.scope),
    ];
    return scopes.length === 0 ? undefined : this.reads.idempotency(execution.ctx.tenant_id, scopes);
  }

  private async replayed<T>(
    execution: Execution<T>,
    outcome: Extract<Outcome, { kind: 'replayed' }>,
  ): Promise<Replayable<T>> {
    const expected =
      outcome.scope === callerScope(execution.ctx)
        ? execution.ctx.idempotency?.body_hash
        : (execution.keys?.([], { status: 'NOT_STARTED' }) ?? []).find((key) => key.scope === outcome.scope)
            ?.bodyHash;
    if (expected !== outcome.bodyHash) {
      throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
    }
    const result = execution.replay ? await execution.replay(outcome.answer) : (outcome.answer as T);
    return { result, replayed: true };
  }
}

/** Tenant is implied; a key is one caller's on one route. */
const callerScope = (ctx: RequestContext): string | undefined =>
  ctx.idempotency && `key|${ctx.idempotency.route}|${ctx.idempotency.caller}|${ctx.idempotency.key}`;

const fold = (state: Conversation, events: readonly ConversationEvent[], now: string): Conversation =>
  events.reduce((current, event) => evolve(current, { ...event, occurred_at: now }), state);
