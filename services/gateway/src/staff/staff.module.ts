import { Module } from '@nestjs/common';

import { OfferController } from '../queue/offer.controller.js';
import { QueueController } from '../queue/queue.controller.js';
import { HumanAgentController } from './human-agent.controller.js';

@Module({ controllers: [HumanAgentController, QueueController, OfferController] })
export class StaffModule {}
