import { Module } from '@nestjs/common';

import { RetrievalModule } from '../retrieval/retrieval.module.js';
import { KnowledgeController } from './knowledge.controller.js';
import { KnowledgeEmbeddings } from './knowledge-embeddings.repository.js';
import { KnowledgeService } from './knowledge.service.js';
import { SearchKnowledgeHandler } from './search-knowledge.handler.js';

@Module({
  imports: [RetrievalModule],
  controllers: [KnowledgeController],
  providers: [KnowledgeEmbeddings, KnowledgeService, SearchKnowledgeHandler],
})
export class KnowledgeModule {}
