import { connection } from '../api/connection.js';
import type { Summary } from '../api/types.js';

/** Everything that the numbers may be shown by; `day` is time, the others are kinds. A test holds it to the contract, which the desk does not carry. */
export const GROUPINGS = [
  'day',
  'week',
  'month',
  'workflow',
  'version',
  'channel',
  'model',
  'skill',
  'agent',
  'reason',
  'handler',
  'state',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** From midnight to midnight (UTC), the last day included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

export const summaryOf = async (range: Range, group_by: Grouping, signal: AbortSignal): Promise<Summary> => {
  const query = { ...range, group_by };
  const { data } = await connection().api.GET('/api/v1/analytics/summary', { params: { query }, signal });
  // The client throws for whatever is no success.
  return data as Summary;
};

/** A row per conversation of the time. */
export const csvOf = async (range: Range): Promise<Blob> => {
  const query = { ...range, format: 'csv' as const };
  const { data } = await connection().api.GET('/api/v1/analytics/export', {
    params: { query },
    parseAs: 'blob',
  });
  return data as unknown as Blob;
};
