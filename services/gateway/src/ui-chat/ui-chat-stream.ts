import { BusClient } from '@baton/bus';
import {
  approvalRequests,
  type ApprovalView,
  conversationRequests,
  type ConversationView,
  type RequestContext,
  type TurnView,
} from '@baton/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import type { Principal } from '../auth/principal.js';
import { QueuePlaces } from '../queue/queue-places.js';
import { ConversationNews } from '../stream/conversation-news.js';
import { EventOpener } from '../stream/event-opener.js';
import { type OpenStream, OpenStreams } from '../stream/open-streams.js';
import { SseChannel } from '../stream/sse-channel.js';
import { type Followed, followConversation } from './follow-conversation.js';
import { nextWord } from './next-word.js';
import {
  type ApprovalData,
  DONE,
  UI_STREAM_HEADER,
  UI_STREAM_VERSION,
  type UiChunk,
  uiEvent,
  wholeText,
} from './ui-chunks.js';
import { beginUiTurn, evolveUiTurn, type UiTurn } from './ui-turn.js';

/** How far back a turn's own events may lie. */
const LOOK_BACK = 200;
/** How long a page waits for the next word before it is told that there is none yet, and asks again. */
const HELD_MS = 25_000;

export interface UiChatCall {
  readonly ctx: RequestContext;
  readonly conversationId: string;
  readonly caller: Principal;
  readonly reply: FastifyReply;
}

/** Speaks of a conversation as the AI SDK's UI message stream. */
@Injectable()
export class UiChatStreams {
  constructor(
    private readonly bus: BusClient,
    private readonly opener: EventOpener,
    private readonly open: OpenStreams,
    private readonly places: QueuePlaces,
  ) {}

  /** To be called before the question whose answer is followed; ended by whoever follows. */
  listen({ ctx, conversationId }: Pick<UiChatCall, 'ctx' | 'conversationId'>): ConversationNews {
    return new ConversationNews(this.bus, ctx.tenant_id, conversationId);
  }

  /** The answer to a message that was accepted. */
  async tellTurn(call: UiChatCall, turn: TurnView, news: ConversationNews): Promise<void> {
    const channel = this.openChannel(call, news);
    const say = (chunk: UiChunk): void => channel.write(uiEvent(chunk));
    const isWithPerson = turn.status === 'COMPLETED' && turn.reply === null;
    if (isWithPerson) {
      // No AI turn ran: a person reads it. A message without parts would be an empty bubble.
      say({ type: 'start' });
    } else {
      await this.tellAi(call, turn.turn_number, turn.version, news, channel);
    }
    await this.finish(call, channel);
  }

  /**
   * What a page that comes back has missed: the turn that runs, or what a person said behind `after` (the customer's last
   * message unless given). Where somebody has the word it is waited for a while. Null where there is nothing to tell.
   */
  async resume(call: UiChatCall, view: ConversationView, after: number | undefined): Promise<void | null> {
    using news = disposable(this.listen(call));
    if (AI_SPEAKS.has(view.state))
      return await this.tellRunning(call, view.turn_count, view.version, news.news);
    const isQuiet = !view.is_hil && view.state !== 'BACK_TO_AI';
    if (isQuiet && after === undefined) return null;
    const wait = { after, version: view.version, holdMs: isQuiet ? 0 : HELD_MS };
    const next = await nextWord(call, (from) => this.follow(call, from, news.news), news.news, wait);
    if (call.reply.raw.destroyed) return undefined;
    if (next.said.length > 0 || next.isOver) {
      const channel = this.openChannel(call, news.news);
      for (const { id, text } of next.said)
        for (const chunk of [{ type: 'start', messageId: id } as const, ...wholeText(id, text)])
          channel.write(uiEvent(chunk));
      return this.finish(call, channel);
    }
    if (next.turnNumber === null) return null;
    using anew = disposable(this.listen(call));
    return await this.tellRunning(call, next.turnNumber, view.version, anew.news);
  }

  private async tellRunning(
    call: UiChatCall,
    turnNumber: number,
    version: number,
    news: ConversationNews,
  ): Promise<void> {
    const channel = this.openChannel(call, news);
    await this.tellAi(call, turnNumber, version, news, channel);
    return this.finish(call, channel);
  }

  private async tellAi(
    call: UiChatCall,
    turnNumber: number,
    version: number,
    news: ConversationNews,
    channel: SseChannel,
  ): Promise<void> {
    const say = (chunk: UiChunk): void => channel.write(uiEvent(chunk));
    say({ type: 'start', messageId: `turn_${turnNumber}` });
    say({ type: 'start-step' });
    let turn = beginUiTurn(turnNumber);
    let isLive = false;
    for await (const told of this.follow(call, Math.max(0, version - LOOK_BACK), news)) {
      if (isBefore(told, turnNumber)) continue;
      const step = evolveUiTurn(turn, told);
      turn = step.turn;
      step.chunks.forEach(say);
      if (channel.isTooSlow) channel.cutOff();
      isLive ||= told.kind === 'live';
      // The log may go on: what was paused was decided since.
      if (turn.isPaused && !isLive) continue;
      if (turn.isOver && (turn.handover || !(await this.isHandedOver(call)))) break;
    }
    if (channel.isClosed) return;
    if (turn.handover) await this.tellHandover(call, turn.handover, turn.isPaused, say);
    if (turn.handover && turn.isPaused) await this.tellPause(call, turn.handover, say);
    say({ type: 'finish-step' });
  }

  /** A turn that ended may have handed over: its own event follows at once. */
  private async isHandedOver(call: UiChatCall): Promise<boolean> {
    return (await this.view(call)).state === 'PENDING_HUMAN';
  }

  private async tellHandover(
    call: UiChatCall,
    { handoverId, reason }: NonNullable<UiTurn['handover']>,
    isPaused: boolean,
    say: (chunk: UiChunk) => void,
  ): Promise<void> {
    const { state } = await this.view(call);
    // Who decides is not waited for in the customers' queue.
    const place = state === 'PENDING_HUMAN' && !isPaused ? await this.places.of(call.ctx, handoverId) : null;
    const queue = place && {
      position: place.position,
      estimated_wait_seconds: place.estimated_wait_seconds,
    };
    say({
      type: 'data-handover',
      id: handoverId,
      data: { handover_id: handoverId, reason, state, queue },
    });
  }

  /** A customer is told that a person is looking; the team, at what. */
  private async tellPause(
    call: UiChatCall,
    { handoverId, reason }: NonNullable<UiTurn['handover']>,
    say: (chunk: UiChunk) => void,
  ): Promise<void> {
    const { state } = await this.view(call);
    say({ type: 'data-state', id: handoverId, data: { state, reason } });
    if (reason !== 'approval' || call.caller.kind === 'customer') return;
    const { idempotency: _, ...ctx } = call.ctx;
    const body = { conversation_id: call.conversationId, status: 'PENDING' as const, limit: 1 };
    const { items } = await this.bus.request(approvalRequests.list, ctx, body);
    for (const approval of items)
      say({ type: 'data-approval', id: approval.approval_id, data: shownOf(approval) });
  }

  private async finish(call: UiChatCall, channel: SseChannel): Promise<void> {
    if (channel.isClosed) return;
    const { state, version } = await this.view(call);
    const data = { conversation_id: call.conversationId, state, version };
    channel.write(uiEvent({ type: 'data-conversation', data, transient: true }));
    channel.write(uiEvent({ type: 'finish', finishReason: 'stop' }));
    channel.end(DONE);
  }

  private view({ ctx, conversationId }: UiChatCall): Promise<ConversationView> {
    const { idempotency: _, ...readContext } = ctx;
    return this.bus.request(conversationRequests.get, readContext, { conversation_id: conversationId });
  }

  private follow(call: UiChatCall, after: number, news: ConversationNews): AsyncGenerator<Followed, void> {
    const { idempotency: _, ...ctx } = call.ctx;
    return followConversation({
      bus: this.bus,
      opener: this.opener,
      news,
      ctx,
      conversationId: call.conversationId,
      after,
      isCustomer: call.caller.kind === 'customer',
    });
  }

  private openChannel({ reply, caller }: UiChatCall, news: ConversationNews): SseChannel {
    void reply.header(UI_STREAM_HEADER, UI_STREAM_VERSION);
    const channel = new SseChannel(reply);
    const stream: OpenStream = {
      principal: caller,
      heartbeat: () => {
        channel.heartbeat();
        news.look();
      },
      lookAgain: () => news.look(),
      close: () => channel.end(),
    };
    this.open.add(stream);
    channel.whenClosed(() => {
      news.end();
      this.open.remove(stream);
    });
    return channel;
  }
}

const shownOf = (approval: ApprovalView): ApprovalData => {
  const { approval_id, run_id, kind, plan, risk_assessment, required_role } = approval;
  const { approvals_needed, status, expires_at } = approval;
  return {
    approval_id,
    run_id,
    kind,
    plan,
    risk_assessment,
    required_role,
    approvals_needed,
    status,
    expires_at,
  };
};

/** The AI is at it. */
const AI_SPEAKS: ReadonlySet<string> = new Set(['NEW', 'AI_PROCESSING']);

const disposable = (news: ConversationNews): Disposable & { readonly news: ConversationNews } => ({
  news,
  [Symbol.dispose]: () => news.end(),
});

/** What an earlier turn led to is none of this one's. */
const isBefore = (told: Followed, turnNumber: number): boolean => {
  if (told.kind !== 'event') return false;
  const turn = told.event.data['turn_number'];
  return typeof turn === 'number' && turn < turnNumber;
};
