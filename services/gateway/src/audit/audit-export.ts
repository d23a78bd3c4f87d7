import type { AuditRepository } from './audit.repository.js';
import type { AuditRecord } from './audit-entry.js';
import type { AuditFilter } from './audit-filter.js';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

const PAGE = 1000;

/** All rows that a filter lets through, oldest first, page by page; each page is a look at the database of its own. */
async function* pagesOf(
  repository: Pick<AuditRepository, 'list'>,
  tenantId: string,
  filter: AuditFilter,
): AsyncGenerator<readonly AuditRecord[]> {
  let last: AuditRecord | undefined;
  do {
    const after = last && { at: last.at, auditId: last.audit_id };
    const page = await repository.list(tenantId, filter, { after, limit: PAGE, order: 'asc' });
    if (page.length > 0) yield page;
    last = page.length === PAGE ? page.at(-1) : undefined;
  } while (last);
}

/** The text of an export, in chunks; nothing of it is held longer than it takes to send it. */
export async function* exportText(
  repository: Pick<AuditRepository, 'list'>,
  tenantId: string,
  filter: AuditFilter,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(COLUMNS.map(([name]) => name));
  const line = format === 'csv' ? toCsv : toNdjson;
  for await (const page of pagesOf(repository, tenantId, filter)) yield page.map(line).join('');
}

const toNdjson = (record: AuditRecord): string => `${JSON.stringify(record)}\n`;

const COLUMNS: readonly (readonly [name: string, of: (record: AuditRecord) => string | null])[] = [
  ['audit_id', (record) => record.audit_id],
  ['tenant_id', (record) => record.tenant_id],
  ['recorded_at', (record) => record.recorded_at],
  ['at', (record) => record.at],
  ['actor_type', (record) => record.actor.type],
  ['actor_id', (record) => record.actor.id],
  ['actor_role', (record) => record.actor.role],
  ['action', (record) => record.action],
  ['object_type', (record) => record.object.type],
  ['object_id', (record) => record.object.id],
  ['conversation_id', (record) => record.conversation_id],
  ['outcome', (record) => record.outcome],
  ['details', (record) => JSON.stringify(record.details)],
  ['digest', (record) => record.digest],
  ['request_id', (record) => record.request_id],
  ['trace_id', (record) => record.trace_id],
  ['event_id', (record) => record.event_id],
];

const toCsv = (record: AuditRecord): string => csvLine(COLUMNS.map(([, of]) => of(record) ?? ''));

/** RFC 4180. */
const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/** A spreadsheet takes what begins so for a formula, and ids and request ids are chosen by callers. */
const FORMULA = /^[=+\-@\t\r]/;

const cell = (text: string): string => {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
