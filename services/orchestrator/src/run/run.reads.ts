import { BatonError, type EventView, eventView, type Page, type RunView } from '@baton/contracts';
import { ERASED, type EventStore } from '@baton/event-store';
import type { Database } from '@baton/service';

import { decodeCursor, encodeCursor, pageOf, versionCursor } from '../conversation/cursor.js';
import type { LoadedRun, RunRepository } from './run.repository.js';
import { runKeyId, runRef } from './run-ref.js';
import type { LiveRun } from './run.state.js';
import { runView } from './run.view.js';

interface Listed {
  readonly run_id: string;
  readonly conversation_id: string | null;
  readonly created_at: Date;
}

/** Looks at runs: the list of them, and the log for what is in them. */
export class RunReads {
  constructor(
    private readonly database: Database,
    private readonly repository: RunRepository,
    private readonly log: Pick<EventStore, 'readStream'>,
  ) {}

  /** @throws BatonError `not-found`, `erased` with its conversation */
  async get(tenantId: string, runId: string): Promise<RunView> {
    return runView(this.readable(await this.repository.load(tenantId, runId)));
  }

  /**
   * What happened in it, oldest first: each step, thought and call of a tool.
   * @throws BatonError `not-found`, `erased` with its conversation
   */
  async events(
    tenantId: string,
    runId: string,
    query: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<EventView>> {
    await this.get(tenantId, runId);
    const [after] = decodeCursor(query.cursor, 1);
    const events = await this.log.readStream(runRef(tenantId, runId), {
      afterVersion: versionCursor(after),
      limit: query.limit + 1,
    });
    return pageOf(events.map(eventView), query.limit, (last) => [String(last.version)]);
  }

  /** Newest first. */
  async list(
    tenantId: string,
    query: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly status?: string | undefined;
    },
  ): Promise<Page<RunView>> {
    const [before, beforeId] = decodeCursor(query.cursor, 2);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<Listed>(
        `SELECT run_id, conversation_id, created_at FROM ${this.database.schema}.runs
          WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2)
            AND ($3::timestamptz IS NULL OR (created_at, run_id) < ($3::timestamptz, $4))
          ORDER BY created_at DESC, run_id DESC LIMIT $5`,
        [tenantId, query.status ?? null, before ?? null, beforeId ?? null, query.limit + 1],
      ),
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const loaded = await Promise.all(
      page.map((row) => this.repository.load(tenantId, row.run_id, runKeyId(row))),
    );
    return {
      items: loaded.filter((run) => !isErased(run)).map((run) => runView(this.readable(run))),
      next_cursor:
        rows.length > query.limit && last ? encodeCursor([last.created_at.toISOString(), last.run_id]) : null,
    };
  }

  /** Standalone runs whose worker has had no pulse for so long: they are this process's to resume. */
  claimLost(silentMs: number, limit: number): Promise<{ tenant_id: string; run_id: string }[]> {
    const { schema } = this.database;
    return this.database.system<{ tenant_id: string; run_id: string }>(
      `UPDATE ${schema}.runs SET alive_at = clock_timestamp()
        WHERE (tenant_id, run_id) IN (
          SELECT tenant_id, run_id FROM ${schema}.runs
           WHERE status = 'RUNNING' AND mode = 'standalone' AND alive_at < clock_timestamp() - $1 * interval '1 millisecond'
           ORDER BY alive_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING tenant_id, run_id`,
      [silentMs, limit],
    );
  }

  async pulse(runs: readonly { readonly tenantId: string; readonly runId: string }[]): Promise<void> {
    await this.database.system(
      `UPDATE ${this.database.schema}.runs SET alive_at = clock_timestamp()
        WHERE (tenant_id, run_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [runs.map(({ tenantId }) => tenantId), runs.map(({ runId }) => runId)],
    );
  }

  /** Nobody plays them any more: the next one to look takes them. */
  async letGo(runs: readonly { readonly tenantId: string; readonly runId: string }[]): Promise<void> {
    await this.database.system(
      `UPDATE ${this.database.schema}.runs SET alive_at = 'epoch'
        WHERE (tenant_id, run_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [runs.map(({ tenantId }) => tenantId), runs.map(({ runId }) => runId)],
    );
  }

  private readable(run: LoadedRun): LiveRun {
    if (run.state.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
    if (isErased(run)) throw new BatonError('erased', 'The run was erased with its conversation');
    return run.state;
  }
}

/** The key of its personal fields is gone. */
const isErased = ({ state }: LoadedRun): boolean =>
  state.status !== 'NOT_STARTED' && (state.input as unknown) === ERASED;
