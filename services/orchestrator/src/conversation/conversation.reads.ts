import {
  BatonError,
  type ConversationEvent,
  type ConversationView,
  type EventView,
  eventView,
  type MessageView,
  type Page,
  type RecordedEvent,
  type TurnRecordView,
  type TurnView,
} from '@baton/contracts';
import { type EventStore, type Outcome, stamped } from '@baton/event-store';
import type { Database } from '@baton/service';

import { evolve, initialState } from './conversation.evolve.js';
import type { EarlierReply } from '../repetition/repetition.js';
import { conversationRow } from './conversation.projection.js';
import { conversationRef } from './conversation-ref.js';
import {
  type ConversationRecord,
  conversationView,
  type MessageRecord,
  messageView,
  type TurnRecord,
  turnRecordView,
} from './conversation.views.js';
import { decodeCursor, pageOf, versionCursor } from './cursor.js';
import { turnScope } from './turn-scope.js';

/** Looks at conversations: read models and the log, never a decision. */
export class ConversationReads {
  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
  ) {}

  async get(tenantId: string, conversationId: string): Promise<ConversationView> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<ConversationRecord>(
        `SELECT * FROM ${this.schema}.conversations WHERE tenant_id = $1 AND conversation_id = $2`,
        [tenantId, conversationId],
      ),
    );
    if (!row) throw notFound();
    if (row.erased) throw erased();
    return conversationView(row);
  }

  /** Newest activity first. */
  async list(
    tenantId: string,
    query: {
      limit: number;
      cursor?: string | undefined;
      state?: string | undefined;
      assigned_agent_id?: string | undefined;
      customer_id?: string | undefined;
      q?: string | undefined;
    },
  ): Promise<Page<ConversationView>> {
    const [before, beforeId] = decodeCursor(query.cursor, 2);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<ConversationRecord>(
        `SELECT c.* FROM ${this.schema}.conversations c
          WHERE c.tenant_id = $1 AND NOT c.erased
            AND ($2::text IS NULL OR c.state = $2)
            AND ($3::text IS NULL OR c.assigned_agent_id = $3)
            AND ($4::text IS NULL OR c.customer_id = $4)
            AND ($5::text IS NULL OR c.conversation_id ILIKE $5 OR c.customer_id ILIKE $5 OR c.customer->>'name' ILIKE $5
                 OR EXISTS (SELECT 1 FROM ${this.schema}.messages m
                             WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.conversation_id AND m.content ILIKE $5))
            AND ($6::timestamptz IS NULL OR (c.updated_at, c.conversation_id) < ($6, $7))
          ORDER BY c.updated_at DESC, c.conversation_id DESC LIMIT $8`,
        [
          tenantId,
          query.state ?? null,
          query.assigned_agent_id ?? null,
          query.customer_id ?? null,
          query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`,
          before ?? null,
          beforeId ?? null,
          query.limit + 1,
        ],
      ),
    );
    return pageOf(rows.map(conversationView), query.limit, (last) => [last.updated_at, last.conversation_id]);
  }

  /** The transcript, oldest first. */
  async messages(
    tenantId: string,
    conversationId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Page<MessageView>> {
    await this.get(tenantId, conversationId);
    const [after] = decodeCursor(query.cursor, 1);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<MessageRecord>(
        `SELECT * FROM ${this.schema}.messages WHERE tenant_id = $1 AND conversation_id = $2 AND version > $3
          ORDER BY version LIMIT $4`,
        [tenantId, conversationId, versionCursor(after), query.limit + 1],
      ),
    );
    const page = pageOf(rows, query.limit, (last) => [String(last.version)]);
    return { ...page, items: page.items.map(messageView) };
  }

  /** The latest messages, oldest first: what a turn's context and a handover take. */
  async recentMessages(tenantId: string, conversationId: string, limit: number): Promise<MessageView[]> {
    const rows = await this.database.hot<MessageRecord>(
      `SELECT * FROM ${this.schema}.recent_messages($1, $2, $3)`,
      [tenantId, conversationId, limit],
    );
    return rows.reverse().map(messageView);
  }

  /** The AI's latest replies before a turn, newest first. */
  async earlierReplies(
    tenantId: string,
    conversationId: string,
    { before, since, most }: { readonly before: number; readonly since: Date; readonly most: number },
  ): Promise<EarlierReply[]> {
    const rows = await this.database.hot<
      Omit<EarlierReply, 'user_input_hashes'> & { readonly inputs: TurnRecord['inputs'] }
    >(`SELECT * FROM ${this.schema}.earlier_replies($1, $2, $3, $4, $5)`, [
      tenantId,
      conversationId,
      before,
      since,
      most,
    ]);
    return rows.map(({ inputs, ...reply }) => ({
      ...reply,
      user_input_hashes: inputs.map(({ user_input_hash }) => user_input_hash),
    }));
  }

  async turns(
    tenantId: string,
    conversationId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Page<TurnRecordView>> {
    await this.get(tenantId, conversationId);
    const [after] = decodeCursor(query.cursor, 1);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<TurnRecord>(
        `SELECT * FROM ${this.schema}.conversation_turns WHERE tenant_id = $1 AND conversation_id = $2 AND turn_number > $3
          ORDER BY turn_number LIMIT $4`,
        [tenantId, conversationId, versionCursor(after), query.limit + 1],
      ),
    );
    return pageOf(
      rows.map((row) => turnRecordView(conversationId, row)),
      query.limit,
      (last) => [String(last.turn_number)],
    );
  }

  /** The turn that a message joined, as it now is: what every waiting caller asks for. */
  async turn(
    tenantId: string,
    conversationId: string,
    turnId: string,
    turnNumber?: number,
  ): Promise<TurnView> {
    const [row] = await this.database.hot<
      TurnRecord & { state: TurnView['state']; version: number; erased: boolean }
    >(`SELECT * FROM ${this.schema}.read_turn($1, $2, $3, $4)`, [
      tenantId,
      conversationId,
      turnScope(conversationId, turnId),
      turnNumber ?? null,
    ]);
    if (!row) throw notFound();
    if (row.erased) throw erased();
    if (row.turn_number === null) throw new BatonError('not-found', 'There is no such turn');
    return {
      conversation_id: conversationId,
      turn_id: turnId,
      turn_number: row.turn_number,
      idempotency_key: `${conversationId}:${turnId}`,
      status: row.status,
      state: row.state,
      version: row.version,
      reply:
        row.reply && row.sink
          ? { ...row.reply, sink: row.sink, created_at: (row.completed_at as Date).toISOString() }
          : null,
      handover: row.handover,
    };
  }

  async events(
    tenantId: string,
    conversationId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Page<EventView>> {
    await this.get(tenantId, conversationId);
    const [after] = decodeCursor(query.cursor, 1);
    const events = await this.store.readStream(conversationRef(tenantId, conversationId), {
      afterVersion: versionCursor(after),
      limit: query.limit + 1,
    });
    return pageOf(events.map(eventView), query.limit, (last) => [String(last.version)]);
  }

  /** What `get` was at a version: the fold of the events up to it. */
  async stateAt(tenantId: string, conversationId: string, version: number): Promise<ConversationView> {
    await this.get(tenantId, conversationId);
    let state = initialState();
    let last: RecordedEvent | undefined;
    while ((last?.version ?? 0) < version) {
      const page = await this.store.readStream(conversationRef(tenantId, conversationId), {
        afterVersion: last?.version ?? 0,
        limit: Math.min(1000, version - (last?.version ?? 0)),
      });
      if (page.length === 0) break;
      for (const event of page) {
        state = evolve(state, stamped<ConversationEvent>(event));
        last = event;
      }
    }
    const row = last && conversationRow(last, state);
    if (!row || last?.version !== version) {
      throw new BatonError('not-found', `This conversation has no version ${version}`);
    }
    return conversationView(row as unknown as ConversationRecord);
  }

  /** What an earlier use of one of these keys answered. */
  async idempotency(
    tenantId: string,
    scopes: readonly string[],
  ): Promise<Extract<Outcome, { kind: 'replayed' }> | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ scope: string; body_hash: string; answer: unknown }>(
        `SELECT scope, body_hash, answer FROM ${this.schema}.idempotency
          WHERE tenant_id = $1 AND scope = ANY($2) AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`,
        [tenantId, scopes],
      ),
    );
    return row && { kind: 'replayed', scope: row.scope, bodyHash: row.body_hash, answer: row.answer };
  }

  private get schema(): string {
    return this.database.schema;
  }
}

const notFound = (): BatonError => new BatonError('not-found', 'There is no such conversation');
const erased = (): BatonError => new BatonError('erased', 'This conversation was erased');
