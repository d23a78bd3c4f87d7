import { BatonError, type RequestContext } from '@baton/contracts';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { DEFAULT_LIMIT } from '../dto/id-cursor.js';
import type { PageDto } from '../dto/page.dto.js';
import { AuditRootRepository, toRootView } from './audit-root.repository.js';
import { type RootView, unpackLeaves } from './audit-root.js';
import { AuditWriter } from './audit-writer.js';
import type {
  AuditExportQueryDto,
  AuditProofDto,
  AuditQueryDto,
  AuditRecordDto,
  AuditRootsQueryDto,
} from './audit.dto.js';
import { AuditRepository } from './audit.repository.js';
import { leafOf } from './audit.rows.js';
import { readPlace, readSeq, writePlace, writeSeq } from './audit-cursor.js';
import { type ExportFormat, exportText } from './audit-export.js';
import { type AuditFilter, readFilter, toTimestamp } from './audit-filter.js';
import { inclusionPath } from './merkle.js';

/** What is read of the trail. */
@Injectable()
export class AuditHandler {
  constructor(
    private readonly rows: AuditRepository,
    private readonly roots: AuditRootRepository,
    private readonly writer: AuditWriter,
    private readonly clock: Clock,
  ) {}

  /** @throws BatonError `validation-failed` */
  async list(tenantId: string, query: AuditQueryDto): Promise<PageDto<AuditRecordDto>> {
    const { cursor, limit = DEFAULT_LIMIT, order = 'desc', ...filter } = query;
    const page = { after: readPlace(cursor), limit: limit + 1, order };
    const found = await this.rows.list(tenantId, readFilter(filter), page);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next_cursor: found.length > limit && last ? writePlace(last) : null };
  }

  /** @throws BatonError `not-found` */
  async get(tenantId: string, auditId: string): Promise<AuditRecordDto> {
    const record = await this.rows.find(tenantId, auditId);
    if (!record) throw new BatonError('not-found', 'There is no such row in the audit trail');
    return record;
  }

  /**
   * Everything until now, oldest first; that it was taken is written down before anything of it is given.
   * @throws BatonError `validation-failed`, and what the database throws
   */
  async export(
    ctx: RequestContext,
    query: AuditExportQueryDto,
    format: ExportFormat,
  ): Promise<AsyncIterable<string>> {
    const { format: _, ...asked } = query;
    const filter = readFilter(asked);
    const until = this.clock.nowIso();
    const to = filter.to !== undefined && filter.to < until ? filter.to : until;
    await this.writer.first(ctx, {
      action: 'audit.exported',
      object: { type: 'audit', id: '*' },
      details: {
        format,
        to,
        ...(filter.from !== undefined && { from: filter.from }),
        filters: namesOf(asked),
      },
    });
    return exportText(this.rows, ctx.tenant_id, { ...filter, to } satisfies AuditFilter, format);
  }

  /** Oldest first. @throws BatonError `validation-failed` */
  async listRoots(tenantId: string, query: AuditRootsQueryDto): Promise<PageDto<RootView>> {
    const { cursor, limit = DEFAULT_LIMIT } = query;
    const filter = { from: toTimestamp('from', query.from), to: toTimestamp('to', query.to) };
    const found = await this.roots.list(tenantId, filter, { after: readSeq(cursor), limit: limit + 1 });
    const items = found.slice(0, limit).map(toRootView);
    const last = items.at(-1);
    return { items, next_cursor: found.length > limit && last ? writeSeq(last.seq) : null };
  }

  /** @throws BatonError `not-found` */
  async prove(tenantId: string, auditId: string): Promise<AuditProofDto> {
    const record = await this.get(tenantId, auditId);
    const leaf = { audit_id: auditId, leaf_hash: leafOf(record).toString('hex') };
    const sealed = await this.roots.ofRow(tenantId, record.recorded_at);
    const leaves = sealed ? unpackLeaves(sealed.leaves) : [];
    const leaf_index = leaves.findIndex((each) => each.auditId === auditId);
    if (!sealed || leaf_index < 0)
      return { ...leaf, sealed: false, leaf_index: null, audit_path: null, root: null };
    const path = inclusionPath(
      leaf_index,
      leaves.map(({ hash }) => hash),
    );
    const audit_path = path.map((hash) => hash.toString('hex'));
    return { ...leaf, sealed: true, leaf_index, audit_path, root: toRootView(sealed.root) };
  }
}

const namesOf = (query: object): string[] =>
  Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [name]));
