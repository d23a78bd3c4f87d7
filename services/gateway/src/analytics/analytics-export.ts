import type { AnalyticsRow, AnalyticsRows } from '@baton/contracts';

export const EXPORT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** In the order of the header line; new ones come at the end. */
const COLUMNS = [
  'conversation_id',
  'started_at',
  'last_event_at',
  'state',
  'workflow',
  'workflow_version',
  'channel',
  'handled_by',
  'agents',
  'models',
  'turns',
  'customer_messages',
  'ai_messages',
  'human_messages',
  'handovers',
  'handover_reasons',
  'skills',
  'pauses',
  'is_settled',
  'settled_at',
  'resolved',
  'abandoned',
  'durable',
  'reopened',
  'ai_seconds',
  'human_seconds',
  'queue_seconds',
  'first_response_seconds',
  'ai_calls',
  'ai_cost_usd',
  'human_cost_usd',
  'csat_rating',
  'csat_handled_by',
  'sla_met',
  'sla_missed',
  'erased',
] as const satisfies readonly (keyof AnalyticsRow)[];

/** A text that a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r\n]/;

const cell = (value: string | number | boolean | null): string => {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csvLine = (row: AnalyticsRow): string =>
  `${COLUMNS.map((column) => cell(row[column])).join(',')}\r\n`;

/** The same fields in the same order in every format. */
const object = (row: AnalyticsRow): string =>
  JSON.stringify(Object.fromEntries(COLUMNS.map((column) => [column, row[column]])));

/** The text of all pages, from the first, a page at a time: the next is asked for when there is room for it. */
export async function* exportText(
  format: ExportFormat,
  first: AnalyticsRows,
  next: (after: string) => Promise<AnalyticsRows>,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`;
  if (format === 'json') yield '[';
  let isFirst = true;
  for (
    let page: AnalyticsRows | null = first;
    page;
    page = page.next === null ? null : await next(page.next)
  ) {
    if (page.rows.length === 0) continue;
    if (format === 'json') {
      yield `${isFirst ? '\n' : ',\n'}${page.rows.map(object).join(',\n')}`;
    } else {
      yield page.rows.map((row) => (format === 'csv' ? csvLine(row) : `${object(row)}\n`)).join('');
    }
    isFirst = false;
  }
  if (format === 'json') yield '\n]\n';
}
