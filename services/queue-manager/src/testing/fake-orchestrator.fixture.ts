import type { BusClient } from '@baton/bus';
import {
  BatonError,
  type ConversationEvent,
  conversationRequests,
  logRequests,
  queueWaitRequests,
  type Priority,
  type RecordedEvent,
  type RequestContext,
  type RequestDefinition,
  type RequiredSkills,
  type RoutingPolicy,
  subjects,
  SYSTEM_ACTOR,
  toWireError,
  type WaitVerdict,
} from '@baton/contracts';
import { newId } from '@baton/service';

import { ROUTING } from './queue.fixture.js';

interface Request {
  readonly ctx: RequestContext;
  readonly body: Record<string, string>;
}

interface Conversation {
  readonly tenant_id: string;
  readonly events: RecordedEvent[];
  state: 'PENDING_HUMAN' | 'HUMAN_ACTIVE' | 'RESOLVED' | 'BACK_TO_AI' | 'ERASED';
  handover_id: string;
  agent_id: string | null;
}

export interface HandoverWishes {
  readonly required_skills?: RequiredSkills;
  readonly priority?: Priority;
  readonly routing?: Partial<RoutingPolicy>;
  readonly reason?: 'explicit_request' | 'staff';
}

/** The orchestrator as the queue sees it: conversations' logs, their news on the bus, and the last word on who has one. */
export class FakeOrchestrator {
  readonly conversations = new Map<string, Conversation>();
  /** What publishing does; a test may hold news back, repeat or reorder it. */
  publish: (events: readonly RecordedEvent[]) => Promise<void> = async (events) => {
    for (const event of events) await this.bus.publishEvent(event);
  };
  acceptances = 0;
  /** What the queue said of waits that nobody is asked about. */
  readonly looks: Record<string, unknown>[] = [];
  /** What a conversation makes of such a wait. */
  onLook: (look: Record<string, unknown>) => Promise<WaitVerdict['outcome']> = () => Promise.resolve('told');
  /** Called before an agent's parting is answered. */
  beforeAgentGone: (agentId: string) => Promise<void> = () => Promise.resolve();
  /** Called before an acceptance is answered. */
  beforeAccept: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly bus: BusClient) {
    this.answer(conversationRequests.acceptHandover, (request) => this.accept(request));
    this.answer(queueWaitRequests.tellWait, ({ body }) => this.tellWait(body));
    this.answer(queueWaitRequests.agentGone, ({ body }) => this.agentGone(body));
    this.answer(conversationRequests.get, ({ body }) => this.view(body['conversation_id'] ?? ''));
    this.answer(logRequests.orchestrator, (request) => this.readLog(request));
  }

  async handOver(
    tenantId: string,
    wishes: HandoverWishes = {},
    conversationId = newId('conv'),
  ): Promise<{ conversationId: string; handoverId: string }> {
    const handoverId = newId('ho');
    const known = this.conversations.get(conversationId);
    this.conversations.set(conversationId, {
      tenant_id: tenantId,
      events: known?.events ?? [],
      state: 'PENDING_HUMAN',
      handover_id: handoverId,
      agent_id: null,
    });
    await this.record(conversationId, {
      type: 'conversation.handed_over',
      data: {
        handover_id: handoverId,
        reason: wishes.reason ?? 'explicit_request',
        note: null,
        required_skills: wishes.required_skills ?? {},
        priority: wishes.priority ?? 'NORMAL',
        queue: 'default',
        turn_number: 1,
        customer_id: null,
        context: { $sealed: `conversation/${conversationId}.AAAA` } as never,
        routing: { ...ROUTING, ...wishes.routing },
      },
    });
    return { conversationId, handoverId };
  }

  /** A supervisor's assignment, or an acceptance whose answer nobody heard. */
  async assign(conversationId: string, agentId: string, offerId: string | null = null): Promise<void> {
    const conversation = this.get(conversationId);
    conversation.state = 'HUMAN_ACTIVE';
    conversation.agent_id = agentId;
    await this.record(conversationId, {
      type: 'conversation.assigned',
      data: { handover_id: conversation.handover_id, agent_id: agentId, offer_id: offerId },
    });
  }

  async release(conversationId: string, cause?: 'silent' | 'gone'): Promise<void> {
    const { handover_id, agent_id } = this.get(conversationId);
    this.pending(conversationId);
    await this.record(conversationId, {
      type: 'conversation.released',
      data: { handover_id, agent_id: agent_id ?? '', note: null, ...(cause && { cause }) },
    });
  }

  /** Nobody is there: the customer is called back. */
  async defer(conversationId: string, opensAt: string | null): Promise<void> {
    const conversation = this.get(conversationId);
    const { handover_id } = conversation;
    conversation.state = 'BACK_TO_AI';
    await this.record(conversationId, {
      type: 'conversation.handover_cancelled',
      data: { handover_id, unanswered_message_ids: [], cause: 'callback', opens_at: opensAt },
    });
  }

  private async tellWait(look: Record<string, unknown>): Promise<WaitVerdict> {
    this.looks.push(look);
    return { outcome: await this.onLook(look) };
  }

  private async agentGone(body: Record<string, string>): Promise<null> {
    await this.beforeAgentGone(body['agent_id'] ?? '');
    const conversation = this.get(body['conversation_id'] ?? '');
    if (conversation.agent_id === body['agent_id']) await this.release(body['conversation_id'] ?? '', 'gone');
    return null;
  }

  async transfer(conversationId: string, to: { agentId?: string; skills?: RequiredSkills }): Promise<void> {
    const { handover_id, agent_id } = this.get(conversationId);
    this.pending(conversationId);
    await this.record(conversationId, {
      type: 'conversation.transferred',
      data: {
        handover_id,
        from_agent_id: agent_id ?? '',
        to_agent_id: to.agentId ?? null,
        required_skills: to.skills ?? {},
        note: 'Please',
      },
    });
  }

  async end(
    conversationId: string,
    how: 'resolved' | 'returned_to_ai' | 'handover_cancelled' | 'erased',
  ): Promise<void> {
    const conversation = this.get(conversationId);
    const { handover_id, agent_id } = conversation;
    conversation.state = how === 'resolved' ? 'RESOLVED' : how === 'erased' ? 'ERASED' : 'BACK_TO_AI';
    conversation.agent_id = null;
    const unanswered_message_ids: string[] = [];
    const events: Record<typeof how, ConversationEvent> = {
      resolved: { type: 'conversation.resolved', data: { handover_id, agent_id, resolution: null } },
      returned_to_ai: {
        type: 'conversation.returned_to_ai',
        data: {
          handover_id,
          agent_id,
          guidance: null,
          human_summary: null,
          unanswered_message_ids,
          continue: false,
        },
      },
      handover_cancelled: {
        type: 'conversation.handover_cancelled',
        data: { handover_id, unanswered_message_ids },
      },
      erased: { type: 'conversation.erased', data: { conversation_id: conversationId } },
    };
    await this.record(conversationId, events[how]);
  }

  get(conversationId: string): Conversation {
    const conversation = this.conversations.get(conversationId);
    if (!conversation) throw new Error(`No conversation ${conversationId}`);
    return conversation;
  }

  private pending(conversationId: string): void {
    const conversation = this.get(conversationId);
    conversation.state = 'PENDING_HUMAN';
    conversation.agent_id = null;
  }

  private async accept({ body }: Request): Promise<unknown> {
    this.acceptances += 1;
    await this.beforeAccept();
    const { conversation_id = '', handover_id = '', agent_id = '', offer_id = '' } = body;
    const conversation = this.get(conversation_id);
    const answer = { conversation_id, state: 'HUMAN_ACTIVE' };
    if (conversation.state === 'HUMAN_ACTIVE' && conversation.agent_id === agent_id) return answer;
    if (conversation.state !== 'PENDING_HUMAN' || conversation.handover_id !== handover_id) {
      throw new BatonError('invalid-transition', 'Not open any more');
    }
    await this.assign(conversation_id, agent_id, offer_id);
    return answer;
  }

  private view(conversationId: string): unknown {
    const conversation = this.conversations.get(conversationId);
    if (!conversation) throw new BatonError('not-found', 'No such conversation');
    return {
      conversation_id: conversationId,
      state: conversation.state,
      assigned_agent_id: conversation.agent_id,
    };
  }

  private readLog({ body }: Request): unknown {
    const { stream, log, limit } = body as unknown as {
      stream?: { stream_id: string; after_version: number };
      log?: { after: string | null };
      limit: number;
    };
    if (stream) {
      const events = this.conversations.get(stream.stream_id)?.events ?? [];
      return {
        events: events.filter((event) => event.version > stream.after_version).slice(0, limit),
        next: null,
      };
    }
    const all = [...this.conversations.values()].flatMap((conversation) => conversation.events);
    const from = Number(log?.after ?? 0);
    const events = all.slice(from, from + limit);
    return { events, next: String(from + events.length) };
  }

  private async record(conversationId: string, ...events: ConversationEvent[]): Promise<void> {
    const { tenant_id, events: log } = this.get(conversationId);
    const recorded = events.map((event, index): RecordedEvent => ({
      event_id: newId('evt'),
      tenant_id,
      stream_type: 'conversation',
      stream_id: conversationId,
      version: log.length + index + 1,
      type: event.type,
      schema_version: 1,
      data: event.data,
      metadata: { actor: SYSTEM_ACTOR },
      occurred_at: new Date().toISOString(),
    }));
    log.push(...recorded);
    await this.publish(recorded);
  }

  private answer(definition: RequestDefinition, handle: (request: Request) => unknown): void {
    this.bus.connection.whenReady((nats) => {
      nats.subscribe(subjects.request(definition.pattern), {
        queue: 'orchestrator',
        callback: (_error, msg) => {
          void Promise.resolve(msg.json<Request>())
            .then(handle)
            .then(
              (ok) => msg.respond(JSON.stringify({ ok })),
              (error: unknown) => msg.respond(JSON.stringify({ error: toWireError(error) })),
            );
        },
      });
    });
  }
}
