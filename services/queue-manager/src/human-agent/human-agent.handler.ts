import {
  type AgentProfile,
  type AnswerOf,
  BatonError,
  type BodyOf,
  type HumanAgentView,
  type RequestContext,
  type staffRequests,
} from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { requireMayAnswerFor } from '../access/may-answer-for.js';
import { Commands } from '../log/commands.js';
import { agentRef, type Work } from '../log/work.js';
import type { HumanAgentCommand } from './human-agent.commands.js';
import { humanAgentView } from './human-agent.reads.js';
import { isRegistered } from './human-agent.state.js';

type Body<K extends keyof typeof staffRequests> = BodyOf<(typeof staffRequests)[K]>;
type Answer<K extends keyof typeof staffRequests> = Promise<AnswerOf<(typeof staffRequests)[K]>>;

/** What people say of agents: who they are, and whether they are there. */
@Injectable()
export class HumanAgentHandler {
  constructor(private readonly commands: Commands) {}

  register(ctx: RequestContext, body: Body<'registerAgent'>, deadline: number): Answer<'registerAgent'> {
    const { agent_id = newId('agent'), email = null, ...rest } = body;
    const profile: AgentProfile = { ...rest, email };
    return this.tell(ctx, agent_id, { type: 'RegisterAgent', agent_id, profile }, deadline);
  }

  async update(ctx: RequestContext, body: Body<'updateAgent'>, deadline: number): Answer<'updateAgent'> {
    const { agent_id, ...changes } = body;
    return (await this.tell(ctx, agent_id, { type: 'UpdateAgent', changes }, deadline)).result;
  }

  async setPresence(ctx: RequestContext, body: Body<'setPresence'>, deadline: number): Answer<'setPresence'> {
    requireMayAnswerFor(ctx.actor, body.agent_id);
    const { agent_id, status } = body;
    return (await this.tell(ctx, agent_id, { type: 'SetPresence', status }, deadline)).result;
  }

  private tell(ctx: RequestContext, agentId: string, command: HumanAgentCommand, deadline: number) {
    return this.commands.execute({
      ctx,
      deadline,
      streams: [agentRef(ctx.tenant_id, agentId)],
      decide: async (work) => {
        await work.tellAgent(agentId, command);
        return viewAfter(work, agentId);
      },
    });
  }
}

const viewAfter = async (work: Work, agentId: string): Promise<HumanAgentView> => {
  const agent = await work.agent(agentId);
  if (!isRegistered(agent)) throw new BatonError('not-found', 'There is no such agent');
  return humanAgentView(agent);
};
