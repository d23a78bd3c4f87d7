import { BatonError, type ConsultationMessageView, type ConsultationView, type Page } from '@baton/contracts';
import type { Database } from '@baton/service';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';
import type { ConsultationContexts } from './consultation-context.js';
import { noSuchConsultation } from './consultation.decider.js';
import type { ConsultationRepository } from './consultation.repository.js';
import type { KnownConsultation } from './consultation.state.js';
import { consultationMessageView, consultationView, isErased } from './consultation.view.js';
import type { ConsultedSubject } from './consulted-subject.js';

/** The rest is read page by page. */
const LATEST_MESSAGES = 50;
const LATEST_IN_A_LIST = 5;

export interface ConsultationQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: string | undefined;
  readonly approval_id?: string | undefined;
  readonly run_id?: string | undefined;
  readonly conversation_id?: string | undefined;
}

/** Looks at consultations: the list of them, and the log for what was said. */
export class ConsultationReads {
  constructor(
    private readonly database: Database,
    private readonly repository: ConsultationRepository,
    private readonly contexts: ConsultationContexts,
  ) {}

  /** @throws BatonError `not-found`, `erased` with its conversation */
  async get(tenantId: string, consultationId: string, known?: ConsultedSubject): Promise<ConsultationView> {
    const { state, version } = await this.repository.load(tenantId, consultationId);
    if (state.status === 'NONE') throw noSuchConsultation();
    return this.view(tenantId, state, version, LATEST_MESSAGES, known);
  }

  /** Newest first. */
  async list(tenantId: string, query: ConsultationQuery): Promise<Page<ConsultationView>> {
    const [before] = decodeCursor(query.cursor, 1);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<{ consultation_id: string }>(
        `SELECT consultation_id FROM ${this.database.schema}.consultations
          WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR approval_id = $3)
            AND ($4::text IS NULL OR run_id = $4) AND ($5::text IS NULL OR conversation_id = $5)
            AND ($6::text IS NULL OR consultation_id < $6)
          ORDER BY consultation_id DESC LIMIT $7`,
        [
          tenantId,
          query.status ?? null,
          query.approval_id ?? null,
          query.run_id ?? null,
          query.conversation_id ?? null,
          before ?? null,
          query.limit + 1,
        ],
      ),
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const views = await Promise.all(page.map((row) => this.listed(tenantId, row.consultation_id)));
    return {
      items: views.filter((view) => view !== undefined),
      next_cursor: rows.length > query.limit && last ? encodeCursor([last.consultation_id]) : null,
    };
  }

  /** Oldest first. */
  async messages(
    tenantId: string,
    consultationId: string,
    query: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly after?: string | undefined;
    },
  ): Promise<Page<ConsultationMessageView>> {
    const [cursor] = decodeCursor(query.cursor, 1);
    const behind =
      cursor === undefined && query.after !== undefined
        ? await this.positionOf(tenantId, consultationId, query.after)
        : versionOf(cursor);
    const events = await this.repository.messages(tenantId, consultationId, behind, query.limit + 1);
    // Nothing there: it is read to its end, or there is no such consultation.
    if (events.length === 0) await this.existing(tenantId, consultationId);
    const views = events.slice(0, query.limit).map(consultationMessageView);
    if (views.some(isErased)) throw erased();
    const last = views.at(-1);
    return {
      items: views,
      next_cursor: events.length > query.limit && last ? encodeCursor([String(last.position)]) : null,
    };
  }

  /** @throws BatonError `not-found` */
  private async existing(tenantId: string, consultationId: string): Promise<void> {
    const { state } = await this.repository.load(tenantId, consultationId);
    if (state.status === 'NONE') throw noSuchConsultation();
  }

  private async listed(tenantId: string, consultationId: string): Promise<ConsultationView | undefined> {
    const { state, version } = await this.repository.load(tenantId, consultationId);
    if (state.status === 'NONE') return undefined;
    try {
      return await this.view(tenantId, state, version, LATEST_IN_A_LIST);
    } catch (error) {
      // One that was erased meanwhile is no entry of a list, and no reason to refuse it.
      if (error instanceof BatonError && error.code === 'erased') return undefined;
      throw error;
    }
  }

  private async view(
    tenantId: string,
    state: KnownConsultation,
    version: number,
    latest: number,
    known?: ConsultedSubject,
  ): Promise<ConsultationView> {
    const { consultation_id } = state;
    const [context, events] = await Promise.all([
      this.contexts.of(tenantId, state, known),
      // One of the last is its end, and none of them is missed for it.
      this.repository.messages(tenantId, consultation_id, Math.max(0, version - latest - 1), latest + 1),
    ]);
    const messages = events.map(consultationMessageView).slice(-latest);
    if (messages.some(isErased)) throw erased();
    return consultationView(state, context, messages);
  }

  /** Where a message stands: what a client has that comes back. */
  private async positionOf(tenantId: string, consultationId: string, messageId: string): Promise<number> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ version: number }>(
        `SELECT version FROM ${this.database.schema}.events
          WHERE tenant_id = $1 AND stream_type = 'consultation' AND stream_id = $2
            AND type = 'consultation.message' AND data->>'message_id' = $3
          ORDER BY version DESC LIMIT 1`,
        [tenantId, consultationId, messageId],
      ),
    );
    if (row) return row.version;
    await this.existing(tenantId, consultationId);
    throw new BatonError('validation-failed', 'The query is not valid', {
      errors: [{ path: 'after', message: 'is no message of this consultation' }],
    });
  }
}

const erased = (): BatonError =>
  new BatonError('erased', 'The consultation was erased with its conversation');

const versionOf = (cursor: string | undefined): number => {
  const version = Number(cursor ?? 0);
  if (Number.isSafeInteger(version) && version >= 0 && version <= 2_147_483_647) return version;
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};
