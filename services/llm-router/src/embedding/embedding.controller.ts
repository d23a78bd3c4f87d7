import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, llmRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { EmbedHandler } from './embed.handler.js';

@Controller()
export class EmbeddingController {
  constructor(private readonly embedHandler: EmbedHandler) {}

  @HandleRequest(llmRequests.embed)
  embed(request: BusRequest<typeof llmRequests.embed>): Promise<AnswerOf<typeof llmRequests.embed>> {
    return this.embedHandler.handle(request);
  }
}
