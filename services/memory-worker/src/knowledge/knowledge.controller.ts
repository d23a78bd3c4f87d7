import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, memoryRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { SearchKnowledgeHandler } from './search-knowledge.handler.js';

/** Requests about knowledge. */
@Controller()
export class KnowledgeController {
  constructor(private readonly searchKnowledge: SearchKnowledgeHandler) {}

  @HandleRequest(memoryRequests.searchKnowledge)
  search({
    ctx,
    body,
  }: BusRequest<typeof memoryRequests.searchKnowledge>): Promise<
    AnswerOf<typeof memoryRequests.searchKnowledge>
  > {
    return this.searchKnowledge.handle(ctx, body);
  }
}
