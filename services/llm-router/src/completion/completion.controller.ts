import { type BusRequest, HandleRequest } from '@baton/bus';
import { type Completion, llmRequests, type ModelInfo } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { CallCancellations } from '../call/call-cancellations.js';
import { ModelRouter } from '../routing/model-router.js';
import { CompleteHandler } from './complete.handler.js';

@Controller()
export class CompletionController {
  constructor(
    private readonly completeHandler: CompleteHandler,
    private readonly models: ModelRouter,
    private readonly cancellations: CallCancellations,
  ) {}

  @HandleRequest(llmRequests.complete)
  complete(request: BusRequest<typeof llmRequests.complete>): Promise<Completion> {
    return this.completeHandler.handle(request);
  }

  @HandleRequest(llmRequests.resolveModel)
  resolveModel({ ctx, body }: BusRequest<typeof llmRequests.resolveModel>): Promise<ModelInfo> {
    return this.models.resolve(body.model, ctx.tenant_id);
  }

  @HandleRequest(llmRequests.cancel)
  cancel({ ctx, body }: BusRequest<typeof llmRequests.cancel>): Promise<Record<string, never>> {
    this.cancellations.tell({ tenant_id: ctx.tenant_id, ...body });
    return Promise.resolve({});
  }
}
