import type { RecordedEvent } from '@baton/contracts';

/** What stands for the data of an event that is larger than a message of the bus may be; the log has it whole. */
export interface Withheld extends Record<string, unknown> {
  /** Its size in bytes. */
  readonly $withheld: number;
}

export const isWithheld = (data: Record<string, unknown>): data is Withheld =>
  typeof data['$withheld'] === 'number' && Object.keys(data).length === 1;

/** The event as its neighbours can still be read: everything but its data. */
export const withhold = (event: RecordedEvent): RecordedEvent => ({
  ...event,
  data: { $withheld: Buffer.byteLength(JSON.stringify(event.data)) } satisfies Withheld,
});
