import {
  type AnswerOf,
  type BodyOf,
  conversationRequests as requests,
  type ConversationState,
  type HandoverContext,
  type HandoverReason,
  type Priority,
  type RequestContext,
  type RequiredSkills,
} from '@baton/contracts';
import { newId } from '@baton/service';

import { ConversationCommandHandler } from './command-handler.js';
import type { HandoverRequest } from './conversation.commands.js';
import { ConversationReads } from './conversation.reads.js';
import { type Conversation, isLive, isWithHuman, type LiveConversation } from './conversation.state.js';
import { HANDOVER_MESSAGES, handoverPackage } from './handover-package.js';
import { summariseHumanStretch } from './human-summary.js';
import { commitPartOf, type EndingPause, type PausedRunsPort } from './paused-runs.port.js';
import type { ConversationSummaries } from './summaries.port.js';
import type { ConversationWorkflows } from './workflows.port.js';

type Body<K extends keyof typeof requests> = BodyOf<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** Everything that moves a conversation between the AI and people. */
export class HandoverHandler {
  constructor(
    private readonly commands: ConversationCommandHandler,
    private readonly reads: ConversationReads,
    private readonly workflows: ConversationWorkflows,
    private readonly summaries: ConversationSummaries,
    private readonly pausedRuns: PausedRunsPort,
  ) {}

  request(ctx: RequestContext, body: Body<'requestHandover'>, deadline: number): Answer<'requestHandover'> {
    const handover_id = newId('ho');
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'RequestHandover',
        now,
        handover: await this.package(ctx, state, { ...body, handover_id, note: body.note ?? null }),
      }),
      answer: ({ state }) => ({ handover_id, state: statusOf(state) }),
    });
  }

  cancel(ctx: RequestContext, body: Body<'cancelHandover'>, deadline: number): Answer<'cancelHandover'> {
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: (_loaded, now) => ({ type: 'CancelHandover', now }),
      answer: ({ state }) => ({ state: statusOf(state) }),
    });
  }

  async accept(
    ctx: RequestContext,
    body: Body<'acceptHandover'>,
    deadline: number,
  ): Answer<'acceptHandover'> {
    const { handover_id, offer_id, agent_id } = body;
    const { result } = await this.commands.execute({
      ctx: { ...ctx, actor: { type: 'human_agent', id: agent_id } },
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'AcceptHandover',
        now,
        handover_id,
        offer_id,
        agent_id,
        context: await this.calledBackWith(ctx.tenant_id, state, handover_id),
      }),
      answer: ({ state }) => ({ conversation_id: body.conversation_id, state: statusOf(state) }),
    });
    return result;
  }

  assign(ctx: RequestContext, body: Body<'assign'>, deadline: number): Answer<'assign'> {
    const handover_id = newId('ho');
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'Assign',
        now,
        agent_id: body.agent_id,
        handover: await this.package(ctx, state, { handover_id, reason: 'staff', note: null }),
      }),
      answer: ({ state }) => ({
        conversation_id: body.conversation_id,
        state: statusOf(state),
        handover_id: isWithHuman(state) ? state.handover.handover_id : handover_id,
      }),
    });
  }

  release(ctx: RequestContext, body: Body<'release'>, deadline: number): Answer<'release'> {
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'Release',
        now,
        actor: ctx.actor,
        note: body.note ?? null,
        context: await this.forTheNext(ctx.tenant_id, state, body.note),
      }),
      answer: ({ state }) => ({ state: statusOf(state) }),
    });
  }

  transfer(ctx: RequestContext, body: Body<'transfer'>, deadline: number): Answer<'transfer'> {
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'Transfer',
        now,
        actor: ctx.actor,
        to_agent_id: body.to_agent_id ?? null,
        required_skills: body.required_skills ?? null,
        note: body.note,
        context: await this.forTheNext(ctx.tenant_id, state, body.note, body.required_skills),
      }),
      answer: ({ state }) => ({ state: statusOf(state) }),
    });
  }

  resolve(ctx: RequestContext, body: Body<'resolve'>, deadline: number): Answer<'resolve'> {
    let ending: EndingPause | undefined;
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => ({
        type: 'Resolve',
        now,
        paused_usage: (ending = await this.endPause(ctx.tenant_id, state, body, now))?.usage ?? undefined,
        actor: ctx.actor,
        outcome: body.outcome,
        resolution: body.resolution ?? null,
        guidance: body.guidance ?? null,
        human_summary: body.outcome === 'BACK_TO_AI' ? await this.humanSummary(ctx.tenant_id, state) : null,
        continue: body.continue,
      }),
      extras: () => commitPartOf(ending),
      // Where a paused run goes on at once, it is the AI's again all the same.
      answer: ({ state }) => ({
        state: body.outcome === 'BACK_TO_AI' && isLive(state) ? 'BACK_TO_AI' : statusOf(state),
      }),
    });
  }

  /** What becomes of a run that waits: given back it goes on, else it ends with the conversation. */
  private async endPause(
    tenantId: string,
    state: Conversation,
    { outcome, guidance }: Body<'resolve'>,
    now: string,
  ): Promise<EndingPause | undefined> {
    if (!isLive(state) || !state.paused) return undefined;
    const { conversation_id, paused } = state;
    return outcome === 'BACK_TO_AI'
      ? this.pausedRuns.givenBack(tenantId, conversation_id, paused, guidance ?? null, now)
      : this.pausedRuns.cancelled(tenantId, conversation_id, paused, 'The conversation was resolved', now);
  }

  /** Where a handover of this conversation goes and what the human is given with it. */
  async package(
    ctx: RequestContext,
    state: Conversation,
    asked: {
      readonly handover_id: string;
      readonly reason: HandoverReason;
      readonly note: string | null;
      readonly required_skills?: RequiredSkills | undefined;
      readonly priority?: Priority | undefined;
    },
  ): Promise<HandoverRequest> {
    // The decider says what is wrong with a state that has nothing to hand over.
    if (!isLive(state)) return {} as HandoverRequest;
    const scope = {
      nodes: {},
      conversation: scopeOf(state),
      turn_count: state.turn_count,
      waited_seconds: 0,
    };
    const [routing, summary, last_messages] = await Promise.all([
      this.workflows.route(ctx.tenant_id, state.workflow, scope),
      this.summaries.of(ctx.tenant_id, state.conversation_id),
      this.reads.recentMessages(ctx.tenant_id, state.conversation_id, HANDOVER_MESSAGES),
    ]);
    return handoverPackage({
      ...asked,
      routing,
      summary,
      intent: null,
      confidence: null,
      tried: [],
      last_messages,
    });
  }

  /** The package as the next person needs it: what was said since, and why it came to them. */
  async forTheNext(
    tenantId: string,
    state: Conversation,
    note?: string,
    required_skills?: RequiredSkills,
  ): Promise<HandoverContext | undefined> {
    // The decider says what is wrong with a conversation that nobody has.
    if (state.status !== 'HUMAN_ACTIVE') return undefined;
    return this.renewed(tenantId, state, state.handover.context, note, required_skills);
  }

  /** Much may have been said since the callback was promised. */
  private async calledBackWith(
    tenantId: string,
    state: Conversation,
    handoverId: string,
  ): Promise<HandoverContext | undefined> {
    if (!isLive(state) || isWithHuman(state) || state.callback?.handover_id !== handoverId) return undefined;
    return this.renewed(tenantId, state, state.callback.context);
  }

  private async renewed(
    tenantId: string,
    state: LiveConversation,
    context: HandoverContext,
    note?: string,
    required_skills?: RequiredSkills,
  ): Promise<HandoverContext> {
    const [summary, messages] = await Promise.all([
      this.summaries.of(tenantId, state.conversation_id),
      this.reads.recentMessages(tenantId, state.conversation_id, HANDOVER_MESSAGES),
    ]);
    return {
      ...context,
      note: note ?? context.note,
      summary: summary ?? context.summary,
      last_messages: messages.map(({ role, content, created_at }) => ({ role, content, created_at })),
      required_skills: required_skills ?? context.required_skills,
    };
  }

  private async humanSummary(tenantId: string, state: Conversation): Promise<string | null> {
    if (state.status !== 'HUMAN_ACTIVE') return null;
    return summariseHumanStretch(await this.reads.recentMessages(tenantId, state.conversation_id, 50));
  }
}

/** What expressions may know of a conversation. */
export const scopeOf = (state: Conversation): Record<string, unknown> =>
  isLive(state)
    ? {
        id: state.conversation_id,
        state: state.status,
        customer: state.customer,
        metadata: state.metadata,
        turn_count: state.turn_count,
      }
    : {};

export const statusOf = (state: Conversation): ConversationState => {
  if (state.status === 'ERASED') return state.last_status;
  return state.status === 'NOT_STARTED' ? 'NEW' : state.status;
};
