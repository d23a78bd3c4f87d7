import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, approvalRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { DecideApprovalHandler } from '../pause/decide-approval.handler.js';
import { ApprovalReads } from './approval.reads.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door to approvals. */
@Controller()
export class ApprovalController {
  constructor(
    private readonly reads: ApprovalReads,
    private readonly decisions: DecideApprovalHandler,
  ) {}

  @HandleRequest(requests.list)
  list({ ctx, body }: Request<'list'>): Answer<'list'> {
    return this.reads.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.get)
  get({ ctx, body }: Request<'get'>): Answer<'get'> {
    return this.reads.get(ctx.tenant_id, body.approval_id);
  }

  @HandleRequest(requests.decide)
  decide({ ctx, body, deadline }: Request<'decide'>): Answer<'decide'> {
    return this.decisions.handle(ctx, body, deadline);
  }
}
