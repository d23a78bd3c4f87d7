import { Module } from '@nestjs/common';

import { DeliveryController } from './delivery.controller.js';
import { DeliveryHandler } from './delivery.handler.js';
import { DeliveryLogRepository } from './delivery-log.repository.js';
import { DeliveryPurge } from './delivery-purge.js';
import { DeliveryQueueRepository } from './delivery-queue.repository.js';
import { DeliveryWorker } from './delivery-worker.js';
import { LaneRepository } from './lane.repository.js';
import { RecordEventHandler } from './record-event.handler.js';
import { WebhookSender } from './sender.js';
import { WebhookController } from './webhook.controller.js';
import { WebhookDirectory } from './webhook-directory.js';
import { WebhookGauges } from './webhook-gauges.js';
import { WebhookHandler } from './webhook.handler.js';
import { WebhookInboxes } from './webhook-inboxes.js';
import { WebhookNews } from './webhook-news.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** What happens, told to servers of the tenant's own. */
@Module({
  controllers: [WebhookController, DeliveryController],
  providers: [
    DeliveryHandler,
    DeliveryLogRepository,
    DeliveryPurge,
    DeliveryQueueRepository,
    DeliveryWorker,
    LaneRepository,
    RecordEventHandler,
    WebhookDirectory,
    WebhookGauges,
    WebhookHandler,
    WebhookInboxes,
    WebhookNews,
    WebhookRepository,
    WebhookSecrets,
    WebhookSender,
  ],
})
export class WebhookModule {}
