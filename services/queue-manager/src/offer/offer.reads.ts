import { BatonError, type HandoverContext, type OfferView, type Page } from '@baton/contracts';
import { Clock, Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { instant, type SqlRow } from '../read-model/instants.js';
import { decodeCursor, type PageRequest, pageOf } from '../read-model/page-cursor.js';
import type { OfferRow } from './offer.projection.js';

type Row = SqlRow<OfferRow, 'created_at' | 'expires_at' | 'ended_at'>;

/** Anything else was never made here, and may not even be text that PostgreSQL takes. */
const OFFER_ID = /^[\w-]{1,128}$/;

/** What is read of `offers`. */
@Injectable()
export class OfferReads {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws BatonError `not-found` */
  async get(tenantId: string, offerId: string): Promise<OfferView> {
    if (!OFFER_ID.test(offerId)) throw new BatonError('not-found', 'There is no such offer');
    const [row] = await this.database.hot<Row>(`SELECT * FROM ${this.database.schema}.find_offer($1, $2)`, [
      tenantId,
      offerId,
    ]);
    if (!row) throw new BatonError('not-found', 'There is no such offer');
    return viewOf(row);
  }

  /** Open offers, of one agent or of all; one that ran out is not shown while its timer is on the way. */
  async listOpen(
    tenantId: string,
    agentId: string | undefined,
    query: PageRequest,
  ): Promise<Page<OfferView>> {
    const after = decodeCursor(query.cursor, 2);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<Row>(
        `SELECT * FROM ${this.database.schema}.offers
          WHERE tenant_id = $1 AND status = 'OPEN' AND expires_at > $2 AND ($3::text IS NULL OR agent_id = $3)
            AND ($4::timestamptz IS NULL OR (created_at, offer_id) > ($4::timestamptz, $5::text))
          ORDER BY created_at, offer_id LIMIT $6`,
        [
          tenantId,
          this.clock.nowIso(),
          agentId ?? null,
          after?.[0] ?? null,
          after?.[1] ?? null,
          query.limit + 1,
        ],
      ),
    );
    return pageOf(rows.map(viewOf), query.limit, (last) => [last.created_at, last.offer_id]);
  }
}

const viewOf = (row: Row): OfferView => ({
  offer_id: row.offer_id,
  conversation_id: row.conversation_id,
  handover_id: row.handover_id,
  agent_id: row.agent_id,
  // Ciphertext of a handover context: whoever may show it opens it.
  handover_context: row.handover_context as HandoverContext | null,
  created_at: instant(row.created_at),
  expires_at: instant(row.expires_at),
});
