import type { Page, QueueItemView, WaitEstimate } from '@baton/contracts';
import { Clock, Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { type Needs, needsOf } from '../assignment/needs.js';
import type { Seeking } from '../assignment/seeking.js';
import { estimateWait, type WaitRates } from '../estimate/estimate-wait.js';
import { RecentWaits } from '../estimate/recent-waits.js';
import { instant, type SqlRow } from '../read-model/instants.js';
import { decodeCursor, type PageRequest, pageOf } from '../read-model/page-cursor.js';
import type { QueueRow, Sought } from './queue-item.projection.js';

type Row = SqlRow<
  QueueRow,
  'held_until' | 'enqueued_at' | 'sla_due_at' | 'rank_at' | 'first_assigned_at' | 'closed_at'
>;

export interface BeforeEnqueue {
  /** Items of the same conversation that are not over. */
  readonly unfinished: readonly string[];
  /** The first items that seek somebody. */
  readonly head: readonly Seeking[];
}

/** An item in the order of the queue, and where to read on. */
export interface RankedSeeking {
  readonly item: Seeking;
  readonly rank_at: string;
}

/** A customer comes back to whoever had them so lately. */
const KNOWN_FOR_MS = 30 * 24 * 60 * 60 * 1000;

/** What is read of `agent_queue`. */
@Injectable()
export class QueueItemReads {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly waits: RecentWaits,
  ) {}

  async beforeEnqueue(tenantId: string, conversationId: string, headSize: number): Promise<BeforeEnqueue> {
    const [row] = await this.database.hot<{ unfinished: string[]; head: SeekingRow[] }>(
      `SELECT * FROM ${this.schema}.before_enqueue($1, $2, $3, $4)`,
      [tenantId, conversationId, this.clock.nowIso(), headSize],
    );
    return { unfinished: row?.unfinished ?? [], head: (row?.head ?? []).map(seekingOfRow) };
  }

  /** Who had this conversation or this customer before, latest first. */
  async knowingAgents(
    tenantId: string,
    conversationId: string,
    customerKey: string | undefined,
  ): Promise<string[]> {
    const since = new Date(this.clock.nowMs() - KNOWN_FOR_MS).toISOString();
    const rows = await this.database.hot<{ agent_id: string }>(
      `SELECT * FROM ${this.schema}.knowing_agents($1, $2, $3, $4)`,
      [tenantId, conversationId, customerKey ?? null, since],
    );
    return rows.map((row) => row.agent_id);
  }

  /** All the different needs of the items that seek somebody now. */
  async soughtNeeds(tenantId: string): Promise<Needs[]> {
    const rows = await this.database.hot<{ requirement: string }>(
      `SELECT * FROM ${this.schema}.sought_requirements($1)`,
      [tenantId],
    );
    return rows.map((row) => needsOf(row.requirement));
  }

  async seekingPage(
    tenantId: string,
    able: { readonly requirements: readonly string[]; readonly targets: readonly string[] },
    after: RankedSeeking | undefined,
    limit: number,
  ): Promise<RankedSeeking[]> {
    const rows = await this.database.hot<Row>(
      `SELECT * FROM ${this.schema}.seeking_page($1, $2, $3, $4, $5, $6, $7)`,
      [
        tenantId,
        able.requirements,
        able.targets,
        this.clock.nowIso(),
        after?.rank_at ?? null,
        after?.item.handover_id ?? null,
        limit,
      ],
    );
    return rows.map((row) => ({ item: seekingOfRow(row), rank_at: instant(row.rank_at) }));
  }

  /** Tenants in which somebody waits. */
  async waitingTenants(): Promise<string[]> {
    const rows = await this.database.system<{ tenant_id: string }>(
      `SELECT DISTINCT tenant_id FROM ${this.schema}.agent_queue WHERE seeking`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /** The items of a conversation, newest first. */
  async ofConversation(
    tenantId: string,
    conversationId: string,
  ): Promise<Pick<QueueRow, 'handover_id' | 'status' | 'agent_id'>[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query(
        `SELECT handover_id, status, agent_id FROM ${this.schema}.agent_queue
          WHERE tenant_id = $1 AND conversation_id = $2 ORDER BY enqueued_at DESC, handover_id DESC LIMIT 100`,
        [tenantId, conversationId],
      ),
    );
  }

  /** Undefined for an item that is not known (yet). */
  private async place(
    tenantId: string,
    handoverId: string,
  ): Promise<{ status: string; place: number } | undefined> {
    const [row] = await this.database.hot<{ status: string; place: number }>(
      `SELECT * FROM ${this.schema}.place_of($1, $2)`,
      [tenantId, handoverId],
    );
    return row;
  }

  /** Where a waiting item stands and how long it may take; undefined for one that is not known (yet), null where it waits no longer. */
  async estimate(tenantId: string, handoverId: string): Promise<WaitEstimate | null | undefined> {
    const [found, [item], rates] = await Promise.all([
      this.place(tenantId, handoverId),
      this.database.tenant(tenantId, (q) =>
        q.query<Pick<QueueRow, 'queue' | 'requirement' | 'priority'>>(
          `SELECT queue, requirement, priority FROM ${this.schema}.agent_queue WHERE tenant_id = $1 AND handover_id = $2`,
          [tenantId, handoverId],
        ),
      ),
      this.waits.rates(tenantId),
    ]);
    if (!found || !item) return undefined;
    return found.status === 'WAITING' ? estimateWait(item, found.place, rates) : null;
  }

  async list(tenantId: string, query: PageRequest): Promise<Page<QueueItemView>> {
    const after = decodeCursor(query.cursor, 2);
    const [rows, rates] = await Promise.all([
      this.waiting(tenantId, query.limit + 1, after),
      this.waits.rates(tenantId),
    ]);
    const nowMs = this.clock.nowMs();
    const page = pageOf(rows, query.limit, (last) => [instant(last.rank_at), last.handover_id]);
    return { ...page, items: page.items.map((row) => viewOf(row, nowMs, rates)) };
  }

  private waiting(
    tenantId: string,
    limit: number,
    after: readonly string[] | undefined,
  ): Promise<(Row & { readonly position: number })[]> {
    const behind = `($2::timestamptz IS NULL OR (rank_at, handover_id) > ($2::timestamptz, $3::text))`;
    return this.database.tenant(tenantId, (q) =>
      q.query(
        `SELECT q.*, (b.before + row_number() OVER (ORDER BY q.rank_at, q.handover_id))::int AS position
           FROM (SELECT * FROM ${this.schema}.agent_queue WHERE tenant_id = $1 AND status = 'WAITING' AND ${behind}
                  ORDER BY rank_at, handover_id LIMIT $4) q,
                (SELECT count(*) AS before FROM ${this.schema}.agent_queue
                  WHERE tenant_id = $1 AND status = 'WAITING' AND NOT ${behind}) b
          ORDER BY q.rank_at, q.handover_id`,
        [tenantId, after?.[0] ?? null, after?.[1] ?? null, limit],
      ),
    );
  }

  private get schema(): string {
    return this.database.schema;
  }
}

/** Of an item that seeks as its row has it; a row older than `sought` has none of it. */
type SeekingRow = Omit<Seeking, 'enqueued_at' | 'sla_due_at' | keyof Sought> & {
  readonly enqueued_at: Date | string;
  readonly sla_due_at: Date | string;
  readonly sought: Partial<Sought> | null;
};

const NOTHING_MORE = {
  preferred_skills: {},
  role: null,
  language: null,
  language_required: false,
  weight: 1,
  known_agent_ids: [],
  known_until: null,
  known_wait_until: null,
  sla_warned: false,
  asked_skills: undefined,
  next_step_at: null,
};

const seekingOfRow = (row: SeekingRow): Seeking => ({
  ...soughtIn(row),
  handover_id: row.handover_id,
  priority: row.priority,
  enqueued_at: instant(row.enqueued_at),
  sla_due_at: instant(row.sla_due_at),
  required_skills: row.required_skills,
  passes: row.passes,
  target_agent_id: row.target_agent_id,
  offered_to: row.offered_to,
  parallel: row.parallel,
});

const soughtIn = ({ sought }: Pick<SeekingRow, 'sought'>): Omit<Sought, 'asked_skills' | 'next_step_at'> => {
  const { asked_skills: _asked, next_step_at: _next, ...seeking } = { ...NOTHING_MORE, ...sought };
  return seeking;
};

const viewOf = (
  row: Row & { readonly position: number },
  nowMs: number,
  rates: WaitRates,
): QueueItemView => ({
  conversation_id: row.conversation_id,
  handover_id: row.handover_id,
  priority: row.priority,
  required_skills: row.required_skills,
  reason: row.reason,
  enqueued_at: instant(row.enqueued_at),
  waited_seconds: Math.max(0, Math.floor((nowMs - row.enqueued_at.getTime()) / 1000)),
  ...estimateWait(row, row.position, rates),
  callback: row.is_callback ?? false,
  sla_due_at: instant(row.sla_due_at),
  offered_to: row.offered_to,
  relaxed_steps: row.relaxed_steps,
  ...wishesOf(row),
  sla_breached: row.sla_breached,
});

const wishesOf = (row: Row): Partial<QueueItemView> => {
  const sought = { ...NOTHING_MORE, ...row.sought };
  return {
    asked_skills: sought.asked_skills ?? row.required_skills,
    preferred_skills: sought.preferred_skills,
    required_role: sought.role,
    language: sought.language,
    language_required: sought.language_required,
    weight: sought.weight,
    next_step_at: sought.next_step_at,
    sla_warned: sought.sla_warned,
  };
};
