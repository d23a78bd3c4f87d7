import { BusClient } from '@baton/bus';
import { BatonError, conversationRequests, type RequestContext } from '@baton/contracts';
import { Controller, Get, Logger, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { customerEvent } from '../conversation/customer-view.js';
import { EventDto, EventsQueryDto } from '../conversation/event.dto.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { pageOf } from '../dto/page.dto.js';
import { Caller, Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ConversationNews } from './conversation-news.js';
import { ConversationStream } from './conversation-stream.js';
import { EventOpener } from './event-opener.js';
import { sseEvent } from './frame.js';
import { type OpenStream, OpenStreams } from './open-streams.js';
import { EVENT_STREAM, SseChannel, wantsEventStream } from './sse-channel.js';
import { closeLimitMs } from './staff-session.js';

const EventPageDto = pageOf(EventDto);

/** The append-only log of a conversation: page by page, or live. */
@ApiTags('Conversations')
@ApiExtraModels(EventPageDto)
@Controller('api/v1/conversations')
export class ConversationEventsController {
  private readonly logger = new Logger('ConversationEvents');

  constructor(
    private readonly bus: BusClient,
    private readonly opener: EventOpener,
    private readonly open: OpenStreams,
  ) {}

  @Get(':id/events')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiHeader({
    name: 'Accept',
    required: false,
    description: '`text/event-stream`: the log and what follows, live',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Over SSE: the last version the client has',
  })
  @ApiResponse({
    status: 200,
    description:
      'From version 1. Over SSE `id` is the version and `event` the type; `delta` events have no id',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(EventPageDto) } },
      [EVENT_STREAM]: { schema: { type: 'string' } },
    },
  })
  @problems('validation-failed', 'not-found', 'erased')
  async events(
    @ConversationIdParam() conversation_id: string,
    @Query() query: EventsQueryDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (wantsEventStream(request)) {
      const after = lastEventId(request.headers['last-event-id']) ?? query.after ?? 0;
      return this.stream({ conversation_id, ctx, caller, reply, after });
    }
    const { after: _, ...page } = query;
    const answer = await this.bus.request(conversationRequests.events, ctx, { conversation_id, ...page });
    const items =
      caller.kind === 'customer'
        ? answer.items.map(customerEvent).filter((event) => event !== null)
        : answer.items;
    void reply.send({ ...answer, items });
  }

  private async stream(call: {
    readonly conversation_id: string;
    readonly ctx: RequestContext;
    readonly caller: Principal;
    readonly reply: FastifyReply;
    readonly after: number;
  }): Promise<void> {
    const { conversation_id: conversationId, ctx, caller: principal } = call;
    // Listening comes before the question: who is let in hears all that is said from then on.
    const news = new ConversationNews(this.bus, ctx.tenant_id, conversationId);
    try {
      await this.bus.request(conversationRequests.get, ctx, { conversation_id: conversationId });
    } catch (error) {
      news.end();
      throw error;
    }
    const channel = new SseChannel(call.reply);
    const stream = new ConversationStream(
      { bus: this.bus, opener: this.opener, news, channel },
      { ctx, conversationId, after: call.after, isCustomer: principal.kind === 'customer' },
    );
    const open: OpenStream = {
      principal,
      heartbeat: () => {
        channel.heartbeat();
        // Live news may get lost; the log does not.
        news.look();
      },
      lookAgain: () => news.look(),
      close: (why) => {
        const { code, reason } = why;
        channel.end(sseEvent({ event: 'stream.closed', data: { code, reason } }), closeLimitMs(why));
      },
    };
    this.open.add(open);
    channel.whenClosed(() => this.open.remove(open));
    stream.run().catch((error: unknown) => {
      this.logger.warn(`A stream of ${conversationId} ended: ${(error as Error).message}`);
    });
  }
}

const lastEventId = (header: string | string[] | undefined): number | undefined => {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^\d{1,9}$/.test(header)) return Number(header);
  throw new BatonError('validation-failed', 'The request is not valid', {
    errors: [{ path: 'Last-Event-ID', message: 'must be a version of this log' }],
  });
};
