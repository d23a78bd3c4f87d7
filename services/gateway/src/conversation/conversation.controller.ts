import { BusClient } from '@baton/bus';
import {
  BatonError,
  conversationRequests,
  type ConversationView,
  type Customer,
  isBatonError,
  type MessageView,
  type Page,
  type RequestContext,
  subjects,
} from '@baton/contracts';
import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';

import { Allow, forbidden } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { ConversationIdParam } from '../dto/caller-ids.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Caller, Context } from '../http/call.js';
import { TurnMemories, type TurnWithMemory } from '../memory/turn-memories.js';
import { problems } from '../problem/problem.dto.js';
import type { Typing } from '../stream/ephemeral.js';
import { IssueConversationTokenDto, TokenDto } from '../token/token.dto.js';
import { type IssuedToken, Tokens } from '../token/tokens.js';
import {
  ConversationDto,
  ConversationQueryDto,
  CustomerConversationDto,
  MessageDto,
  StateQueryDto,
} from './conversation.dto.js';
import { customerConversation, customerMessage, customerTurnRecord } from './customer-view.js';
import { TypingDto } from './handover.dto.js';
import { TurnRecordDto } from './turn.dto.js';

const ConversationPageDto = pageOf(ConversationDto);
const MessagePageDto = pageOf(MessageDto);
const TurnPageDto = pageOf(TurnRecordDto);

/** What may be known of a conversation, and its end. */
@ApiTags('Conversations')
@ApiExtraModels(ConversationDto, CustomerConversationDto)
@Controller('api/v1/conversations')
export class ConversationController {
  constructor(
    private readonly bus: BusClient,
    private readonly tokens: Tokens,
    private readonly memories: TurnMemories,
  ) {}

  /** Newest activity first. */
  @Get()
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ConversationPageDto })
  @problems('validation-failed')
  list(
    @Query() query: ConversationQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<Page<ConversationView>> {
    return this.bus.request(conversationRequests.list, ctx, query);
  }

  @Get(':id')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiResponse({
    status: 200,
    description: 'A conversation token is shown less',
    schema: {
      oneOf: [{ $ref: getSchemaPath(ConversationDto) }, { $ref: getSchemaPath(CustomerConversationDto) }],
    },
  })
  @problems('validation-failed', 'not-found', 'erased')
  async get(
    @ConversationIdParam() conversation_id: string,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<ConversationView | CustomerConversationDto> {
    const view = await this.bus.request(conversationRequests.get, ctx, { conversation_id });
    return caller.kind === 'customer' ? customerConversation(view) : view;
  }

  /** The transcript, oldest first. */
  @Get(':id/messages')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiResponse({ status: 200, type: MessagePageDto })
  @problems('validation-failed', 'not-found', 'erased')
  async messages(
    @ConversationIdParam() conversation_id: string,
    @Query() query: PageQueryDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<Page<MessageView>> {
    const page = await this.bus.request(conversationRequests.messages, ctx, { conversation_id, ...query });
    if (caller.kind !== 'customer') return page;
    return { ...page, items: page.items.map(customerMessage).filter((message) => message !== null) };
  }

  @Get(':id/turns')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiResponse({ status: 200, type: TurnPageDto })
  @problems('validation-failed', 'not-found', 'erased')
  async turns(
    @ConversationIdParam() conversation_id: string,
    @Query() query: PageQueryDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<Page<TurnWithMemory | ReturnType<typeof customerTurnRecord>>> {
    const page = await this.bus.request(conversationRequests.turns, ctx, { conversation_id, ...query });
    const items =
      caller.kind === 'customer'
        ? page.items.map(customerTurnRecord)
        : await this.memories.of(ctx, conversation_id, page.items);
    return { ...page, items };
  }

  /** What the conversation was at a version of its log. */
  @Get(':id/state')
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent' })
  @ApiResponse({ status: 200, type: ConversationDto })
  @problems('validation-failed', 'not-found', 'erased')
  state(
    @ConversationIdParam() conversation_id: string,
    @Query() { version }: StateQueryDto,
    @Context() ctx: RequestContext,
  ): Promise<ConversationView> {
    return this.bus.request(conversationRequests.stateAt, ctx, { conversation_id, version });
  }

  /** A token for the customer's browser; works before the first message. */
  @Post(':id/token')
  @HttpCode(201)
  @Allow({ scopes: ['conversations'] })
  @ApiResponse({ status: 201, type: TokenDto })
  @problems('validation-failed', 'conflict', 'erased')
  async token(
    @ConversationIdParam() id: string,
    @Body() { customer }: IssueConversationTokenDto,
    @Context() ctx: RequestContext,
  ): Promise<IssuedToken> {
    try {
      const conversation = await this.bus.request(conversationRequests.get, ctx, { conversation_id: id });
      requireSameCustomer(conversation, customer);
    } catch (error) {
      if (!isBatonError(error, 'not-found')) throw error;
    }
    return this.tokens.issueConversation(ctx.tenant_id, id, customer);
  }

  /** Shown to the other side, not stored. */
  @Post(':id/typing')
  @HttpCode(204)
  @Allow({ scopes: ['conversations', 'staff'], staff: 'agent', customer: true })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found', 'erased')
  async typing(
    @ConversationIdParam() conversation_id: string,
    @Body() dto: TypingDto,
    @Context() ctx: RequestContext,
    @Caller() caller: Principal,
  ): Promise<void> {
    const sender = typist(dto, caller);
    await this.bus.request(conversationRequests.get, ctx, { conversation_id });
    const typing: Typing = { type: 'typing', sender_type: sender, typing: dto.typing ?? true };
    this.bus.publish(subjects.ephemeral(ctx.tenant_id, conversation_id), typing);
  }

  /** Makes personal content unreadable for good; the log keeps its shape. */
  @Delete(':id')
  @HttpCode(204)
  @Allow({ scopes: ['conversations', 'admin'], staff: 'admin' })
  @ApiResponse({ status: 204 })
  @problems('validation-failed', 'not-found', 'erased')
  async erase(@ConversationIdParam() conversation_id: string, @Context() ctx: RequestContext): Promise<void> {
    await this.bus.request(conversationRequests.erase, ctx, { conversation_id });
  }
}

/** @throws BatonError `conflict`: one customer's conversation is not shown to another */
const requireSameCustomer = ({ customer }: ConversationView, named: Customer | undefined): void => {
  if (customer && named && customer.id !== named.id)
    throw new BatonError('conflict', 'The conversation is with another customer');
};

const typist = (dto: TypingDto, caller: Principal): 'user' | 'human_agent' => {
  const byToken = { api_key: undefined, staff: 'human_agent', customer: 'user' } as const;
  const own = byToken[caller.kind];
  if (own !== undefined && dto.sender_type !== undefined && dto.sender_type !== own)
    throw forbidden(`This token types as ${own}`);
  return own ?? dto.sender_type ?? 'user';
};
