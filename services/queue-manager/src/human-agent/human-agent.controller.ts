import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, staffRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { HumanAgentHandler } from './human-agent.handler.js';
import { HumanAgentReads } from './human-agent.reads.js';
import { WrapUpHandler } from './wrap-up.handler.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door of agents. */
@Controller()
export class HumanAgentController {
  constructor(
    private readonly handler: HumanAgentHandler,
    private readonly wrapUps: WrapUpHandler,
    private readonly agents: HumanAgentReads,
  ) {}

  @HandleRequest(requests.registerAgent)
  register({ ctx, body, deadline }: Request<'registerAgent'>): Answer<'registerAgent'> {
    return this.handler.register(ctx, body, deadline);
  }

  @HandleRequest(requests.updateAgent)
  update({ ctx, body, deadline }: Request<'updateAgent'>): Answer<'updateAgent'> {
    return this.handler.update(ctx, body, deadline);
  }

  @HandleRequest(requests.setPresence)
  setPresence({ ctx, body, deadline }: Request<'setPresence'>): Answer<'setPresence'> {
    return this.handler.setPresence(ctx, body, deadline);
  }

  @HandleRequest(requests.getAgent)
  get({ ctx, body }: Request<'getAgent'>): Answer<'getAgent'> {
    return this.agents.get(ctx.tenant_id, body.agent_id);
  }

  @HandleRequest(requests.listAgents)
  list({ ctx, body }: Request<'listAgents'>): Answer<'listAgents'> {
    return this.agents.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.wrapUp)
  wrapUp({ ctx, body, deadline }: Request<'wrapUp'>): Answer<'wrapUp'> {
    return this.wrapUps.end(ctx, body.conversation_id, deadline);
  }
}
