import { BusModule } from '@baton/bus';
import { EventStoreModule } from '@baton/event-store';
import { ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import { BudgetGuard } from './budget/budget-guard.js';
import { Spending } from './budget/spending.js';
import { CallCancellations } from './call/call-cancellations.js';
import { AnswerCache } from './cache/answer-cache.js';
import { CallAttempts } from './call/call-attempts.js';
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
import { CallLimits } from './limit/call-limits.js';
import { modelProviders } from './model-providers.js';
import { OfflineWarmUp } from './offline/offline-warm-up.js';
import { OfflineController } from './offline/offline.controller.js';
import { RouterBirth } from './routing/router-birth.js';
import { CallTelemetry } from './telemetry/call-telemetry.js';
import { RouterMetrics } from './telemetry/router-metrics.js';
import { ReportUsageHandler } from './usage/report-usage.handler.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageRepository } from './usage/usage.repository.js';

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
        UsageController,
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
        Spending,
        BudgetGuard,
        CallLimits,
        AnswerCache,
        CallTelemetry,
        CallAttempts,
        PaidCalls,
        CompleteHandler,
        EmbedHandler,
        UsageRepository,
        ReportUsageHandler,
        RouterBirth,
        OfflineWarmUp,
      ],
    };
  }
}
