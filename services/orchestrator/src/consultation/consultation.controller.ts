import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, consultationRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { AskAgentHandler } from './ask-agent.handler.js';
import { ConsultationReads } from './consultation.reads.js';
import { EndConsultationHandler } from './end-consultation.handler.js';
import { StartConsultationHandler } from './start-consultation.handler.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door to consultations. */
@Controller()
export class ConsultationController {
  constructor(
    private readonly starting: StartConsultationHandler,
    private readonly asking: AskAgentHandler,
    private readonly ending: EndConsultationHandler,
    private readonly reads: ConsultationReads,
  ) {}

  @HandleRequest(requests.start)
  start({ ctx, body, deadline }: Request<'start'>): Answer<'start'> {
    return this.starting.handle(ctx, body, deadline);
  }

  @HandleRequest(requests.list)
  list({ ctx, body }: Request<'list'>): Answer<'list'> {
    return this.reads.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.get)
  get({ ctx, body }: Request<'get'>): Answer<'get'> {
    return this.reads.get(ctx.tenant_id, body.consultation_id);
  }

  @HandleRequest(requests.messages)
  messages({ ctx, body }: Request<'messages'>): Answer<'messages'> {
    return this.reads.messages(ctx.tenant_id, body.consultation_id, body);
  }

  @HandleRequest(requests.send)
  send({ ctx, body, deadline }: Request<'send'>): Answer<'send'> {
    return this.asking.handle(ctx, body, deadline);
  }

  @HandleRequest(requests.end)
  end({ ctx, body, deadline }: Request<'end'>): Answer<'end'> {
    return this.ending.handle(ctx, body, deadline);
  }
}
