import { Module } from '@nestjs/common';

import { LlmModule } from '../llm/llm.module.js';
import { MemoryModule } from '../memory/memory.module.js';
import { DigestsConsumer } from './digests.consumer.js';
import { ExtractFactsHandler } from './extract-facts.handler.js';
import { SummariseHandler } from './summarise.handler.js';

@Module({
  imports: [LlmModule, MemoryModule],
  controllers: [DigestsConsumer],
  providers: [SummariseHandler, ExtractFactsHandler],
})
export class DigestModule {}
