import type { RecordedEvent } from '@baton/contracts';
import { Clock, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { QueueLog } from '../log/queue-log.js';

const WAIT_BUCKETS_S = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

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
    const waited = metrics.histogram(
      'baton_queue_wait_seconds',
      'From a handover to the first person who has it',
      ['priority'],
      WAIT_BUCKETS_S,
    );
    const promises = metrics.counter(
      'baton_queue_sla_total',
      'First responses that were promised, by whether they came in time',
      ['outcome'],
    );
    log.onCommitted((work, events) => {
      for (const { type, data, occurred_at } of events) {
        if (type === 'queue_item.sla_breached') promises.inc({ outcome: 'missed' });
        if (type !== 'queue_item.assigned') continue;
        const item = work.changedItem(String(data['handover_id']));
        // Not the second person who has it.
        if (item?.first_assigned_at !== occurred_at) continue;
        const seconds = (Date.parse(occurred_at) - Date.parse(item.enqueued_at)) / 1000;
        waited.observe({ priority: item.priority.toLowerCase() }, Math.max(0, seconds));
        if (!item.sla_breached) promises.inc({ outcome: 'met' });
      }
    });
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
