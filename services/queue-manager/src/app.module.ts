import { BusModule } from '@baton/bus';
import { EventStoreModule, Keyring } from '@baton/event-store';
import { ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import { AssignmentSweep } from './assignment/assignment-sweep.js';
import { policyOf, type QueueManagerConfig } from './config.js';
import { QueueNews } from './estimate/queue-news.js';
import { RecentWaits } from './estimate/recent-waits.js';
import { HumanAgentController } from './human-agent/human-agent.controller.js';
import { HumanAgentHandler } from './human-agent/human-agent.handler.js';
import { HumanAgentReads } from './human-agent/human-agent.reads.js';
import { Roster } from './human-agent/roster.js';
import { WrapUpHandler } from './human-agent/wrap-up.handler.js';
import { AgentLinkController } from './link/agent-link.controller.js';
import { AgentLinksRepository } from './link/agent-links.repository.js';
import { GoneAgentSweep } from './link/gone-agent-sweep.js';
import { ReportLinksHandler } from './link/report-links.handler.js';
import { CarriedKeyring } from './log/carried-keyring.js';
import { Commands } from './log/commands.js';
import { LogController } from './log/log.controller.js';
import { QUEUE_POLICY, QueueLog } from './log/queue-log.js';
import { QueueTimers } from './log/queue-timers.js';
import { AcceptOfferHandler } from './offer/accept-offer.handler.js';
import { DeclineOfferHandler } from './offer/decline-offer.handler.js';
import { OfferController } from './offer/offer.controller.js';
import { OfferReads } from './offer/offer.reads.js';
import { TimeOutOfferHandler } from './offer/time-out-offer.handler.js';
import { ConversationEventsConsumer } from './queue-item/conversation-events.consumer.js';
import { EnqueueHandoverHandler } from './queue-item/enqueue-handover.handler.js';
import { FollowConversationHandler } from './queue-item/follow-conversation.handler.js';
import { QueueItemReads } from './queue-item/queue-item.reads.js';
import { QueueController } from './queue-item/queue.controller.js';
import { WaitingHandler } from './queue-item/waiting.handler.js';
import { QueueGauges } from './telemetry/queue-gauges.js';
import { QueueMetrics } from './telemetry/queue-metrics.js';
import { WaitLookHandler } from './wait/wait-look.handler.js';

const SERVICE = 'queue-manager';

@Module({})
export class AppModule {
  static forRoot(config: QueueManagerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ServiceModule.forRoot({ name: SERVICE, config }),
        BusModule.forRoot({ name: SERVICE, url: config.NATS_URL }),
        carryingSealed(
          EventStoreModule.forRoot({
            service: SERVICE,
            port: config.BATON_SERVICE_PORT,
          }),
        ),
      ],
      controllers: [
        AgentLinkController,
        ConversationEventsConsumer,
        HumanAgentController,
        LogController,
        OfferController,
        QueueController,
      ],
      providers: [
        { provide: QUEUE_POLICY, useValue: policyOf(config) },
        QueueLog,
        Commands,
        QueueTimers,
        QueueGauges,
        QueueMetrics,
        HumanAgentReads,
        HumanAgentHandler,
        Roster,
        WrapUpHandler,
        AgentLinksRepository,
        GoneAgentSweep,
        ReportLinksHandler,
        RecentWaits,
        QueueNews,
        WaitLookHandler,
        QueueItemReads,
        EnqueueHandoverHandler,
        FollowConversationHandler,
        WaitingHandler,
        AssignmentSweep,
        OfferReads,
        AcceptOfferHandler,
        DeclineOfferHandler,
        TimeOutOfferHandler,
      ],
    };
  }
}

/** The event store with a keyring that opens nothing; of two providers of one token, Nest takes the last. */
const carryingSealed = (eventStore: DynamicModule): DynamicModule => ({
  ...eventStore,
  providers: [...(eventStore.providers ?? []), { provide: Keyring, useFactory: () => new CarriedKeyring() }],
});
