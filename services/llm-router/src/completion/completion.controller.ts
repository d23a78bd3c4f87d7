import { type BusRequest, HandleRequest } from '@baton/bus';
import { type Completion, llmRequests, type ModelInfo } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { ModelRouter } from '../routing/model-router.js';
import { CompleteHandler } from './complete.handler.js';

@Controller()
export class CompletionController {
  constructor(
    private readonly completeHandler: CompleteHandler,
    private readonly models: ModelRouter,
  ) {}

  @HandleRequest(llmRequests.complete)
  complete(request: BusRequest<typeof llmRequests.complete>): Promise<Completion> {
    return this.completeHandler.handle(request);
  }

  @HandleRequest(llmRequests.resolveModel)
  resolveModel({ body }: BusRequest<typeof llmRequests.resolveModel>): Promise<ModelInfo> {
    return this.models.resolve(body.model);
  }
}
