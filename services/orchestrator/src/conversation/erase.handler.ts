import type { BodyOf, conversationRequests, RequestContext } from '@baton/contracts';
import type { Keyring } from '@baton/event-store';
import type { Clock, Database } from '@baton/service';

import type { Memories } from './memories.client.js';

import type { ArchiveRepository } from '../retention/archive.repository.js';
import { ConversationCommandHandler } from './command-handler.js';
import { conversationKeyId } from './conversation-ref.js';
import { type Conversation, isLive } from './conversation.state.js';
import { commitPartOf, type EndingPause, type PausedRunsPort } from './paused-runs.port.js';

/** The kind of the timer that finishes an erasure. */
export const ERASE_TIMER = 'conversation.erase';

export interface ErasureOptions {
  /** Throws where the conversation, as it is, must not be erased. */
  readonly only?: (state: Conversation) => void;
  /** The tenant's sealed copy stays: it was made for this. */
  readonly keepArchive?: boolean;
}

/**
 * Erasure: the event first (every service deletes what it derived), then the data key and the rows here. Each
 * step may be repeated, so a crash in between is mended by asking again; the log keeps its shape and says nothing.
 */
export class EraseHandler {
  constructor(
    private readonly commands: ConversationCommandHandler,
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly memories: Memories,
    private readonly archive: ArchiveRepository,
    private readonly pausedRuns: PausedRunsPort,
  ) {}

  /** @throws what `options.only` throws for the state as it is: then nothing is erased */
  async handle(
    ctx: RequestContext,
    body: BodyOf<typeof conversationRequests.erase>,
    deadline: number,
    options: ErasureOptions = {},
  ): Promise<null> {
    const keepArchive = options.keepArchive ?? false;
    const { idempotency: _none, ...unkeyed } = ctx;
    let ending: EndingPause | undefined;
    await this.commands.execute({
      ctx: unkeyed,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => {
        options.only?.(state);
        const paused = isLive(state) ? state.paused : null;
        ending = paused
          ? await this.pausedRuns.cancelled(
              ctx.tenant_id,
              body.conversation_id,
              paused,
              'The conversation was erased',
              now,
            )
          : undefined;
        return { type: 'Erase', now };
      },
      answer: () => null,
      // Durable: a process that dies between the event and the deletion leaves this behind.
      extras: () => ({
        ...commitPartOf(ending),
        timers: {
          cancel: ending?.timers.cancel ?? [],
          set: [
            {
              timerId: `erase/${body.conversation_id}`,
              kind: ERASE_TIMER,
              dueAt: this.clock.nowIso(),
              payload: { conversation_id: body.conversation_id, keep_archive: keepArchive },
            },
          ],
        },
      }),
    });
    await this.destroy(ctx.tenant_id, body.conversation_id, keepArchive);
    return null;
  }

  /** Also run by the timer above. */
  async destroy(tenantId: string, conversationId: string, keepArchive: boolean): Promise<void> {
    const keyId = conversationKeyId(conversationId);
    const { schema } = this.database;
    await this.database.tenant(tenantId, async (q) => {
      const where = 'WHERE tenant_id = $1 AND conversation_id = $2';
      const those = [tenantId, conversationId];
      await q.query(
        `UPDATE ${schema}.data_keys SET wrapped = NULL, erased_at = coalesce(erased_at, now()) WHERE tenant_id = $1 AND key_id = $2`,
        [tenantId, keyId],
      );
      await q.query(`DELETE FROM ${schema}.messages ${where}`, those);
      await q.query(`DELETE FROM ${schema}.runs ${where}`, those);
      await q.query(`DELETE FROM ${schema}.approvals ${where}`, those);
      await q.query(`UPDATE ${schema}.conversation_turns SET reply = NULL ${where}`, those);
      await q.query(`DELETE FROM ${schema}.idempotency WHERE tenant_id = $1 AND subject = $2`, [
        tenantId,
        keyId,
      ]);
      await q.query(
        `DELETE FROM ${schema}.snapshots WHERE tenant_id = $1 AND stream_type = 'conversation' AND stream_id = $2`,
        those,
      );
    });
    if (!keepArchive) await this.archive.delete(tenantId, conversationId);
    this.keyring.forget(tenantId, keyId);
    await this.memories.forget(tenantId, conversationId);
  }
}
