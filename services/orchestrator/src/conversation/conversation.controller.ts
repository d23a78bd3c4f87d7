import { type BusRequest, HandleRequest } from '@baton/bus';
import {
  type AnswerOf,
  conversationRequests as requests,
  type LogPage,
  logRequests,
  queueWaitRequests as waits,
} from '@baton/contracts';
import { EventStore, Keyring, readLogPage } from '@baton/event-store';
import { Controller } from '@nestjs/common';

import { ConversationReads } from './conversation.reads.js';
import { EraseHandler } from './erase.handler.js';
import { HandoverHandler } from './handover.handler.js';
import { NotesHandler } from './notes.handler.js';
import { ReceiveMessageHandler } from './receive-message.handler.js';
import { WaitHandler } from './wait/wait.handler.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door: each request of the bus to the handler that decides it, or the read that answers it. */
@Controller()
export class ConversationController {
  constructor(
    private readonly messages: ReceiveMessageHandler,
    private readonly handovers: HandoverHandler,
    private readonly waiting: WaitHandler,
    private readonly notes: NotesHandler,
    private readonly erasure: EraseHandler,
    private readonly reads: ConversationReads,
    private readonly keyring: Keyring,
    private readonly store: EventStore,
  ) {}

  @HandleRequest(requests.receiveMessage)
  receiveMessage({ ctx, body, deadline }: Request<'receiveMessage'>): Answer<'receiveMessage'> {
    return this.messages.handle(ctx, body, deadline);
  }

  @HandleRequest(requests.turn)
  turn({ ctx, body }: Request<'turn'>): Answer<'turn'> {
    return this.reads.turn(ctx.tenant_id, body.conversation_id, body.turn_id);
  }

  @HandleRequest(requests.get)
  get({ ctx, body }: Request<'get'>): Answer<'get'> {
    return this.reads.get(ctx.tenant_id, body.conversation_id);
  }

  @HandleRequest(requests.list)
  list({ ctx, body }: Request<'list'>): Answer<'list'> {
    return this.reads.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.messages)
  transcript({ ctx, body }: Request<'messages'>): Answer<'messages'> {
    return this.reads.messages(ctx.tenant_id, body.conversation_id, body);
  }

  @HandleRequest(requests.recentMessages)
  recentMessages({ ctx, body }: Request<'recentMessages'>): Answer<'recentMessages'> {
    return this.reads.recentMessages(ctx.tenant_id, body.conversation_id, body.limit);
  }

  @HandleRequest(requests.turns)
  turns({ ctx, body }: Request<'turns'>): Answer<'turns'> {
    return this.reads.turns(ctx.tenant_id, body.conversation_id, body);
  }

  @HandleRequest(requests.events)
  events({ ctx, body }: Request<'events'>): Answer<'events'> {
    return this.reads.events(ctx.tenant_id, body.conversation_id, body);
  }

  @HandleRequest(requests.stateAt)
  stateAt({ ctx, body }: Request<'stateAt'>): Answer<'stateAt'> {
    return this.reads.stateAt(ctx.tenant_id, body.conversation_id, body.version);
  }

  @HandleRequest(requests.requestHandover)
  requestHandover({ ctx, body, deadline }: Request<'requestHandover'>): Answer<'requestHandover'> {
    return this.handovers.request(ctx, body, deadline);
  }

  @HandleRequest(requests.cancelHandover)
  cancelHandover({ ctx, body, deadline }: Request<'cancelHandover'>): Answer<'cancelHandover'> {
    return this.handovers.cancel(ctx, body, deadline);
  }

  @HandleRequest(requests.acceptHandover)
  acceptHandover({ ctx, body, deadline }: Request<'acceptHandover'>): Answer<'acceptHandover'> {
    return this.handovers.accept(ctx, body, deadline);
  }

  @HandleRequest(waits.tellWait)
  tellWait({
    ctx,
    body,
    deadline,
  }: BusRequest<typeof waits.tellWait>): Promise<AnswerOf<typeof waits.tellWait>> {
    return this.waiting.tellWait(ctx, body, deadline);
  }

  @HandleRequest(waits.agentGone)
  agentGone({ ctx, body, deadline }: BusRequest<typeof waits.agentGone>): Promise<null> {
    return this.waiting.agentGone(ctx, body, deadline);
  }

  @HandleRequest(requests.assign)
  assign({ ctx, body, deadline }: Request<'assign'>): Answer<'assign'> {
    return this.handovers.assign(ctx, body, deadline);
  }

  @HandleRequest(requests.release)
  release({ ctx, body, deadline }: Request<'release'>): Answer<'release'> {
    return this.handovers.release(ctx, body, deadline);
  }

  @HandleRequest(requests.transfer)
  transfer({ ctx, body, deadline }: Request<'transfer'>): Answer<'transfer'> {
    return this.handovers.transfer(ctx, body, deadline);
  }

  @HandleRequest(requests.resolve)
  resolve({ ctx, body, deadline }: Request<'resolve'>): Answer<'resolve'> {
    return this.handovers.resolve(ctx, body, deadline);
  }

  @HandleRequest(requests.whisper)
  whisper({ ctx, body, deadline }: Request<'whisper'>): Answer<'whisper'> {
    return this.notes.whisper(ctx, body, deadline);
  }

  @HandleRequest(requests.feedback)
  feedback({ ctx, body, deadline }: Request<'feedback'>): Answer<'feedback'> {
    return this.notes.feedback(ctx, body, deadline);
  }

  @HandleRequest(requests.erase)
  erase({ ctx, body, deadline }: Request<'erase'>): Answer<'erase'> {
    return this.erasure.handle(ctx, body, deadline);
  }

  @HandleRequest(requests.dataKey)
  async dataKey({ ctx, body }: Request<'dataKey'>): Answer<'dataKey'> {
    const key = await this.keyring.stored(ctx.tenant_id, body.key_id);
    if (key === undefined) return null;
    return key === 'erased' ? { erased: true } : { key: key.toString('base64') };
  }

  @HandleRequest(logRequests.orchestrator)
  readLog({ ctx, body }: BusRequest<typeof logRequests.orchestrator>): Promise<LogPage> {
    return readLogPage(this.store, ctx, body);
  }
}
