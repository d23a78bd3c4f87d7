import { partitionOf, type RecordedEvent } from '@baton/contracts';

/** One stream of the log. */
export interface StreamRef {
  readonly tenantId: string;
  readonly streamType: string;
  readonly streamId: string;
}

export const streamKey = (ref: StreamRef): string => `${ref.tenantId}/${ref.streamType}/${ref.streamId}`;

export const streamOf = (event: RecordedEvent): StreamRef => ({
  tenantId: event.tenant_id,
  streamType: event.stream_type,
  streamId: event.stream_id,
});

export const streamPartition = (ref: StreamRef): number =>
  partitionOf(ref.tenantId, ref.streamType, ref.streamId);
