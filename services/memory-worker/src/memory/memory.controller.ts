import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, memoryRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { ForgetConversationHandler } from './forget-conversation.handler.js';
import { RecallHandler } from '../retrieval/recall.handler.js';
import { ShowMemoryHandler } from './show-memory.handler.js';
import { TurnMemoriesHandler } from './turn-memories.handler.js';

/** Requests about memories. */
@Controller()
export class MemoryController {
  constructor(
    private readonly recall: RecallHandler,
    private readonly showMemory: ShowMemoryHandler,
    private readonly forgetConversation: ForgetConversationHandler,
    private readonly turnMemories: TurnMemoriesHandler,
  ) {}

  @HandleRequest(memoryRequests.search)
  search(request: BusRequest<typeof memoryRequests.search>): Promise<AnswerOf<typeof memoryRequests.search>> {
    return this.recall.search(request.ctx, request.body);
  }

  @HandleRequest(memoryRequests.forTurn)
  forTurn(
    request: BusRequest<typeof memoryRequests.forTurn>,
  ): Promise<AnswerOf<typeof memoryRequests.forTurn>> {
    return this.recall.forTurn(request.ctx, request.body);
  }

  @HandleRequest(memoryRequests.ofConversation)
  ofConversation(
    request: BusRequest<typeof memoryRequests.ofConversation>,
  ): Promise<AnswerOf<typeof memoryRequests.ofConversation>> {
    return this.showMemory.handle(request.ctx.tenant_id, request.body.conversation_id);
  }

  @HandleRequest(memoryRequests.ofTurns)
  ofTurns(
    request: BusRequest<typeof memoryRequests.ofTurns>,
  ): Promise<AnswerOf<typeof memoryRequests.ofTurns>> {
    return this.turnMemories.handle(request.ctx, request.body);
  }

  @HandleRequest(memoryRequests.forget)
  async forget(request: BusRequest<typeof memoryRequests.forget>): Promise<null> {
    await this.forgetConversation.handle(request.ctx.tenant_id, request.body.conversation_id);
    return null;
  }
}
