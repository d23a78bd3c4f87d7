import {
  type AnswerOf,
  type BodyOf,
  type queueWaitRequests as requests,
  type RequestContext,
  type WaitVerdict,
} from '@baton/contracts';
import { newId } from '@baton/service';

import type { ConversationCommandHandler } from '../command-handler.js';
import type { HoursNow } from '../conversation.commands.js';
import { type Conversation, isLive } from '../conversation.state.js';
import type { HandoverHandler } from '../handover.handler.js';
import type { ConversationWorkflows } from '../workflows.port.js';

type Body<K extends keyof typeof requests> = BodyOf<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

const ALWAYS_OPEN: HoursNow = { is_open: true, opens_at: null, timezone: 'UTC' };

/** What the queue tells a conversation: nobody is being asked, or its agent is gone. */
export class WaitHandler {
  constructor(
    private readonly commands: ConversationCommandHandler,
    private readonly handovers: HandoverHandler,
    private readonly workflows: ConversationWorkflows,
  ) {}

  async tellWait(ctx: RequestContext, body: Body<'tellWait'>, deadline: number): Answer<'tellWait'> {
    const { conversation_id: conversationId, handover_id, anyone_there, is_asked, estimate } = body;
    const notice_id = newId('notice');
    const { result } = await this.commands.execute<WaitVerdict>({
      ctx,
      conversationId,
      deadline,
      command: async ({ state }, now) => {
        const hours = await this.hours(ctx.tenant_id, state);
        return { type: 'TellWait', now, handover_id, notice_id, anyone_there, is_asked, estimate, hours };
      },
      answer: ({ state }) => ({ outcome: outcomeOf(state, handover_id) }),
    });
    return result;
  }

  async agentGone(ctx: RequestContext, body: Body<'agentGone'>, deadline: number): Answer<'agentGone'> {
    await this.take(ctx, body, 'gone', deadline);
    return null;
  }

  /** Idempotent: who is not the owner any more, or has spoken, keeps what they have. */
  async take(
    ctx: RequestContext,
    { conversation_id: conversationId, handover_id, agent_id }: Body<'agentGone'>,
    cause: 'silent' | 'gone',
    deadline: number,
  ): Promise<void> {
    await this.commands.execute({
      ctx,
      conversationId,
      deadline,
      command: async ({ state }, now) => ({
        type: 'TakeFromAgent',
        now,
        handover_id,
        agent_id,
        cause,
        context: await this.handovers.forTheNext(ctx.tenant_id, state),
      }),
      answer: () => null,
    });
  }

  private async hours(tenantId: string, state: Conversation): Promise<HoursNow> {
    return isLive(state) ? this.workflows.hours(tenantId, state.workflow) : ALWAYS_OPEN;
  }
}

const outcomeOf = (state: Conversation, handoverId: string): WaitVerdict['outcome'] => {
  if (!isLive(state)) return 'over';
  if (state.status === 'PENDING_HUMAN' && state.handover.handover_id === handoverId) return 'told';
  if (state.callback?.handover_id === handoverId) return 'callback';
  return state.status === 'BACK_TO_AI' && state.handed_back?.cause === 'nobody_available'
    ? 'stays_with_ai'
    : 'over';
};
