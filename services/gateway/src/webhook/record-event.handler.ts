import type { RecordedEvent } from '@baton/contracts';
import { type InboxMark, Keyring, type Outcome } from '@baton/event-store';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { DeliveryQueueRepository, type NewDelivery } from './delivery-queue.repository.js';
import { DeliveryWorker } from './delivery-worker.js';
import { namesOf } from './event-types.js';
import { conversationOf } from './message.js';
import { WebhookDirectory } from './webhook-directory.js';

/** Makes of an event one delivery for each webhook that asked for it, in the transaction that says it was handled. */
@Injectable()
export class RecordEventHandler {
  constructor(
    private readonly directory: WebhookDirectory,
    private readonly queue: DeliveryQueueRepository,
    private readonly worker: DeliveryWorker,
    private readonly keyring: Keyring,
  ) {}

  /** @param event as it is in the log: sealed */
  async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome | 'skipped'> {
    // 1 load
    await this.directory.fresh();
    // 2 decide
    const erased = event.type === 'conversation.erased' ? event.stream_id : undefined;
    const deliveries = this.deliveriesOf(event);
    if (deliveries.length === 0 && erased === undefined) return 'skipped';
    // 3 write
    if (erased !== undefined) this.keyring.forget(event.tenant_id, `conversation/${erased}`);
    const outcome = await this.queue.record(mark, { event, deliveries, erased });
    // 4 go on
    if (outcome.kind === 'committed' && deliveries.length > 0) this.worker.wake();
    return outcome;
  }

  private deliveriesOf(event: RecordedEvent): readonly NewDelivery[] {
    const conversationId = conversationOf(event);
    const lane =
      conversationId === null ? `${event.stream_type}/${event.stream_id}` : `conversation/${conversationId}`;
    return this.directory.addresseesOf(event, namesOf(event)).flatMap(({ webhookId, names }) =>
      names.map((eventType) => ({
        deliveryId: newId('dlv'),
        webhookId,
        eventType,
        lane,
        conversationId,
      })),
    );
  }
}
