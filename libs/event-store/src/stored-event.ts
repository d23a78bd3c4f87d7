import { type RecordedEvent, upcast } from '@baton/contracts';

import type { Stamped } from './decider.js';

/** An event as a statement gives it: PostgreSQL's types of time and of long numbers. */
export interface StoredEvent extends Omit<RecordedEvent, 'occurred_at' | 'global_position'> {
  readonly occurred_at: string | Date;
  readonly global_position: string | number;
}

/** A recorded event as `evolve` takes it. */
export const stamped = <E>(event: RecordedEvent): Stamped<E> =>
  ({ type: event.type, data: event.data, occurred_at: event.occurred_at }) as unknown as Stamped<E>;

/** A stored row in the shape of the bus, brought to the versions this code knows. */
export const toRecorded = (row: StoredEvent): RecordedEvent => {
  const current = upcast({ type: row.type, schema_version: row.schema_version, data: row.data });
  return {
    event_id: row.event_id,
    tenant_id: row.tenant_id,
    stream_type: row.stream_type,
    stream_id: row.stream_id,
    version: row.version,
    type: row.type,
    schema_version: current.schema_version,
    data: current.data,
    metadata: row.metadata,
    occurred_at: new Date(row.occurred_at).toISOString(),
    global_position: Number(row.global_position),
  };
};
