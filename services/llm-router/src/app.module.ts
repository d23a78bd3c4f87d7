import { BusModule } from '@baton/bus';
import { EventStoreModule } from '@baton/event-store';
import { ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import { CallCancellations } from './call/call-cancellations.js';
import { PaidCalls } from './call/paid-calls.js';
import { CompleteHandler } from './completion/complete.handler.js';
import { CompletionController } from './completion/completion.controller.js';
import type { RouterConfig } from './config.js';
import { EmbedHandler } from './embedding/embed.handler.js';
import { EmbeddingController } from './embedding/embedding.controller.js';
import { AbandonedCallsSweep } from './ledger/abandoned-calls.sweep.js';
import { CallLedger } from './ledger/call-ledger.js';
import { ErasureConsumer } from './ledger/erasure.consumer.js';
import { EventLogController } from './ledger/event-log.controller.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { ReplicaPresence } from './ledger/replica-presence.js';
import { ResultSeal } from './ledger/result-seal.js';
import { modelProviders } from './model-providers.js';
import { OfflineController } from './offline/offline.controller.js';
import { RouterMetrics } from './telemetry/router-metrics.js';

const SERVICE = 'llm-router';

@Module({})
export class AppModule {
  static forRoot(config: RouterConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ServiceModule.forRoot({ name: SERVICE, config }),
        BusModule.forRoot({ name: SERVICE, url: config.NATS_URL }),
        EventStoreModule.forRoot({
          service: SERVICE,
          port: config.BATON_SERVICE_PORT,
        }),
      ],
      controllers: [
        CompletionController,
        EmbeddingController,
        OfflineController,
        EventLogController,
        ErasureConsumer,
      ],
      providers: [
        ...modelProviders(config),
        RouterMetrics,
        ReplicaPresence,
        LedgerRepository,
        CallLedger,
        ResultSeal,
        AbandonedCallsSweep,
        CallCancellations,
        PaidCalls,
        CompleteHandler,
        EmbedHandler,
      ],
    };
  }
}
