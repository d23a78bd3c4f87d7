import { BusModule } from '@baton/bus';
import { EventStoreModule } from '@baton/event-store';
import { deriveKey, ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import type { OrchestratorConfig } from './config.js';
import { ApprovalModule } from './approval/approval.module.js';
import { ConnectionModule } from './connection/connection.module.js';
import { ConsultationModule } from './consultation/consultation.module.js';
import { ConversationModule } from './conversation/conversation.module.js';
import { KEK_LABEL } from './key-labels.js';
import { NEIGHBOURS } from './neighbours.js';
import { OpenWorkReads } from './operations/open-work.reads.js';
import { OperationsController } from './operations/operations.controller.js';
import { RetentionModule } from './retention/retention.module.js';
import { SandboxModule } from './sandbox/sandbox.module.js';
import { ConversationMetrics } from './telemetry/conversation-metrics.js';
import { DecisionGauges } from './telemetry/decision-gauges.js';
import { TurnModule } from './turn/turn.module.js';

/** The orchestrator: conversations and runs, decided from their log. */
@Module({})
export class AppModule {
  static for(config: OrchestratorConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        BusModule.forRoot({ name: 'orchestrator', url: config.NATS_URL }),
        ServiceModule.forRoot({ name: 'orchestrator', config, requests: NEIGHBOURS }),
        EventStoreModule.forRoot({
          service: 'orchestrator',
          port: config.BATON_SERVICE_PORT,
          kek: deriveKey(config.BATON_SECRET, KEK_LABEL),
        }),
        ConnectionModule,
        SandboxModule,
        ConversationModule,
        TurnModule,
        ApprovalModule,
        ConsultationModule,
        RetentionModule,
      ],
      controllers: [OperationsController],
      providers: [ConversationMetrics, DecisionGauges, OpenWorkReads],
    };
  }
}
