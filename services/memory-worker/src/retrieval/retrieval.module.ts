import { Database, Guards } from '@baton/service';
import { Module } from '@nestjs/common';

import { LlmModule } from '../llm/llm.module.js';
import { guardedVectors } from './guarded-vectors.js';
import { openVectorStore } from './open-vector-store.js';
import { QueryEmbedder } from './query-embedder.client.js';
import { VECTOR_STORE } from './vector-store.js';

@Module({
  imports: [LlmModule],
  providers: [
    QueryEmbedder,
    {
      provide: VECTOR_STORE,
      inject: [Database, Guards],
      useFactory: (database: Database, guards: Guards) => openVectorStore(guardedVectors(database, guards)),
    },
  ],
  exports: [LlmModule, QueryEmbedder, VECTOR_STORE],
})
export class RetrievalModule {}
