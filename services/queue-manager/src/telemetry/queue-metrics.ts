import type { RecordedEvent } from '@baton/contracts';
import { Clock, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { QueueLog } from '../log/queue-log.js';

/** Counts what happens in the queue, as it is committed. */
@Injectable()
export class QueueMetrics {
  constructor(log: QueueLog, metrics: Metrics, clock: Clock) {
    const offers = metrics.counter('baton_queue_offers_total', 'Offers, by what became of them', ['outcome']);
    const items = metrics.counter('baton_queue_items_total', 'Queue items, by what happened to them', [
      'event',
    ]);
    const offered = metrics.histogram(
      'baton_queue_handover_to_offer_seconds',
      'From the handover to its first offer, where one was made at once',
    );
    log.onCommitted((_work, events) => {
      for (const { type } of events) {
        const [stream, event = ''] = type.split('.');
        if (event.startsWith('offer_')) offers.inc({ outcome: event.slice('offer_'.length) });
        else if (stream === 'queue_item') items.inc({ event });
      }
      const askedAt = askedAndOffered(events);
      if (askedAt !== undefined) offered.observe(Math.max(0, clock.nowMs() - askedAt) / 1000);
    });
  }
}

const askedAndOffered = (events: readonly RecordedEvent[]): number | undefined => {
  const enqueued = events.find((event) => event.type === 'queue_item.enqueued');
  const isOffered = events.some((event) => event.type === 'queue_item.offer_created');
  return enqueued && isOffered ? Date.parse(enqueued.data['enqueued_at'] as string) : undefined;
};
