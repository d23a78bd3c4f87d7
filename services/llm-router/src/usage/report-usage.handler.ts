import { BatonError, type BodyOf, type UsageReport, type usageRequests } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { UsageRepository } from './usage.repository.js';

/** Answers `usage.report`. */
@Injectable()
export class ReportUsageHandler {
  constructor(private readonly usage: UsageRepository) {}

  async handle(tenantId: string, body: BodyOf<typeof usageRequests.report>): Promise<UsageReport> {
    const query = { tenantId, from: body.from, to: body.to };
    const offset = offsetOf(body.cursor);
    const [total, groups] = await Promise.all([
      this.usage.total(query),
      // One more than is asked for tells whether there is a next page.
      body.group_by ? this.usage.groups(query, body.group_by, { limit: body.limit + 1, offset }) : [],
    ]);
    return {
      from: body.from ?? null,
      to: body.to ?? null,
      group_by: body.group_by ?? null,
      ...total,
      items: groups.slice(0, body.limit),
      next_cursor: groups.length > body.limit ? String(offset + body.limit) : null,
    };
  }
}

const offsetOf = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  if (!/^\d{1,9}$/.test(cursor)) throw new BatonError('validation-failed', 'The cursor is not one of ours');
  return Number(cursor);
};
