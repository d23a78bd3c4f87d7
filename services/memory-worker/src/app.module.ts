import { BusModule } from '@baton/bus';
import { EventStoreModule } from '@baton/event-store';
import { ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import { AnalyticsModule } from './analytics/analytics.module.js';
import type { MemoryWorkerConfig } from './config.js';
import { DigestModule } from './digest/digest.module.js';
import { KnowledgeModule } from './knowledge/knowledge.module.js';
import { MODEL_GUARDS } from './llm/model-guards.js';
import { MemoryModule } from './memory/memory.module.js';

/** memory-worker: what is remembered, what is known, what it all came to. */
@Module({})
export class AppModule {
  static forRoot(config: MemoryWorkerConfig): DynamicModule {
    const name = 'memory-worker';
    return {
      module: AppModule,
      imports: [
        ServiceModule.forRoot({ name, config, requests: MODEL_GUARDS }),
        BusModule.forRoot({ name, url: config.NATS_URL }),
        EventStoreModule.forRoot({
          service: name,
          port: config.BATON_SERVICE_PORT,
        }),
        MemoryModule,
        DigestModule,
        KnowledgeModule,
        AnalyticsModule,
      ],
    };
  }
}
