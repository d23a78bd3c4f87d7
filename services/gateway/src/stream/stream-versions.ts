import type { RecordedEvent } from '@baton/contracts';

const KEPT = 50_000;

/** Where an event comes among those of its stream that were seen. */
export type StreamOrder = 'first' | 'next' | 'overtaken';

/**
 * How far each stream was seen. A relay publishes an event of a stream only when JetStream has the one before it, so
 * what comes behind a later one is a repeat, also where JetStream lost the first copy and cannot tell.
 */
export class StreamVersions {
  private readonly highest = new Map<string, number>();

  see({ tenant_id, stream_type, stream_id, version }: RecordedEvent): StreamOrder {
    const stream = `${tenant_id}/${stream_type}/${stream_id}`;
    const highest = this.highest.get(stream);
    if (highest !== undefined && version <= highest) return 'overtaken';
    // Put in again, so that the first to go is the one that was quiet longest.
    this.highest.delete(stream);
    this.highest.set(stream, version);
    if (this.highest.size > KEPT) {
      const quietest = this.highest.keys().next().value;
      if (quietest !== undefined) this.highest.delete(quietest);
    }
    return highest === undefined ? 'first' : 'next';
  }
}
