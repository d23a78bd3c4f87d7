import {
  type AnswerOf,
  type BodyOf,
  type ConversationEvent,
  conversationRequests,
  type RequestContext,
  type TurnView,
} from '@baton/contracts';
import type { IdempotencyRecord } from '@baton/event-store';
import { crashPoint } from '@baton/event-store';
import { keyedHash, newId, RefusedError } from '@baton/service';

import { ConversationCommandHandler } from './command-handler.js';
import { contentHash } from './content-hash.js';
import { conversationKeyId } from './conversation-ref.js';
import { type Commit } from './conversation.repository.js';
import { ConversationReads } from './conversation.reads.js';
import { type Conversation, isLive, isWithHuman } from './conversation.state.js';
import type { InterruptibleRun, InterruptibleRuns } from './interruptible-runs.port.js';
import { turnScope } from './turn-scope.js';
import type { TurnSlots } from './turn-slots.js';
import type { ConversationWorkflows } from './workflows.port.js';

type Body = BodyOf<typeof conversationRequests.receiveMessage>;
type Answer = AnswerOf<typeof conversationRequests.receiveMessage>;

/** Which turn a turn id joined; kept as long as the conversation. */
interface TurnReference {
  readonly conversation_id: string;
  readonly turn_id: string;
  readonly turn_number: number;
}

/** A message enters here: the commit that this makes is its acceptance. */
export class ReceiveMessageHandler {
  constructor(
    private readonly commands: ConversationCommandHandler,
    private readonly reads: ConversationReads,
    private readonly workflows: ConversationWorkflows,
    private readonly runs: InterruptibleRuns,
    private readonly slots: Pick<TurnSlots, 'admit' | 'refused'>,
    private readonly hashKey: Buffer,
  ) {}

  async handle(ctx: RequestContext, body: Body, deadline: number): Promise<Answer> {
    try {
      return await this.receive(ctx, body, deadline);
    } catch (error) {
      if (error instanceof RefusedError) this.slots.refused();
      throw error;
    }
  }

  private async receive(ctx: RequestContext, body: Body, deadline: number): Promise<Answer> {
    const message_id = newId('msg');
    const notice_id = newId('notice');
    const user_input_hash = contentHash(this.hashKey, body.message);
    let interrupted: InterruptibleRun | null = null;
    const accepted = await this.commands.execute<TurnView | TurnReference>({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: async ({ state }, now) => {
        const input = { message_id, turn_id: body.turn_id, content: body.message, user_input_hash, now };
        if (body.sender_type === 'human_agent')
          return { type: 'SendHumanMessage', actor: ctx.actor, ...input };
        if (needsTurn(state)) this.slots.admit();
        const workflow = isLive(state)
          ? // Another name is refused by the decider, whether or not there is such a workflow.
            { ...state.workflow, name: body.workflow_name ?? state.workflow.name }
          : await this.workflows.newest(ctx.tenant_id, body.workflow_name);
        const { debounce, on_new_input, human_cost_per_hour } = await this.workflows.gathering(
          ctx.tenant_id,
          isLive(state) ? state.workflow : workflow,
        );
        interrupted = on_new_input === 'restart' ? await this.interruptible(ctx.tenant_id, state) : null;
        return {
          type: 'ReceiveMessage',
          conversation_id: body.conversation_id,
          workflow,
          workflow_named: body.workflow_name !== undefined,
          customer: body.customer ?? null,
          metadata: body.metadata ?? {},
          debounce,
          human_cost_per_hour,
          restart: interrupted?.restart ?? null,
          notice_id,
          ...input,
        };
      },
      answer: ({ state, version }, events) => acceptedTurn(body, state, version, events),
      keys: (events, after) => [this.turnKey(body, turnNumber(after, events))],
      extras: (events) => cancellation(interrupted, events),
      replay: (stored) => Promise.resolve(stored as TurnReference),
    });
    crashPoint('accept.after_commit');
    if (!accepted.replayed) return accepted as Answer;
    const { conversation_id, turn_id, turn_number } = accepted.result;
    return {
      result: await this.reads.turn(ctx.tenant_id, conversation_id, turn_id, turn_number),
      replayed: true,
    };
  }

  /** The run that the message would cut short, where it may. */
  private async interruptible(tenantId: string, state: Conversation): Promise<InterruptibleRun | null> {
    if (state.status !== 'AI_PROCESSING' || state.collecting || !state.running?.run_id) return null;
    const { running } = state;
    return this.runs.interruptible(tenantId, state.conversation_id, running.run_id as string);
  }

  private turnKey(body: Body, turn_number: number): IdempotencyRecord {
    const { conversation_id, turn_id, ...content } = body;
    const reference: TurnReference = { conversation_id, turn_id, turn_number };
    return {
      scope: turnScope(conversation_id, turn_id),
      bodyHash: keyedHash(this.hashKey, JSON.stringify(content)),
      answer: reference,
      subject: conversationKeyId(conversation_id),
    };
  }
}

/** The run ends in the commit that restarts its turn, and only there. */
const cancellation = (
  interrupted: InterruptibleRun | null,
  events: readonly ConversationEvent[],
): Partial<Commit> =>
  interrupted && events.some(({ type }) => type === 'conversation.turn_restarted')
    ? { with: [interrupted.append], rows: interrupted.rows }
    : {};

/** What joins a turn that gathers messages, or goes to a person, costs no turn of its own. */
const needsTurn = (state: Conversation): boolean =>
  !isLive(state) || (!isWithHuman(state) && state.collecting === null);

/** The turn that the message is in: what is open behind it may be another's. */
const turnNumber = (state: Conversation, events: readonly ConversationEvent[]): number => {
  const said = events.find(
    (event) =>
      event.type === 'conversation.message_received' || event.type === 'conversation.human_message_sent',
  );
  if (said) return said.data.turn_number;
  return isLive(state) ? (state.collecting?.turn_number ?? Math.max(1, state.turn_count)) : 1;
};

const acceptedTurn = (
  body: Body,
  state: Conversation,
  version: number,
  events: readonly ConversationEvent[],
): TurnView => {
  const live = isLive(state) ? state : undefined;
  const turn_number = turnNumber(state, events);
  // A person has or awaits it, or the message wanted no answer.
  const done =
    live !== undefined &&
    (isWithHuman(live) ||
      events.some(
        (event) => event.type === 'conversation.turn_completed' && event.data.turn_number === turn_number,
      ));
  return {
    conversation_id: body.conversation_id,
    turn_id: body.turn_id,
    turn_number,
    idempotency_key: `${body.conversation_id}:${body.turn_id}`,
    status: done ? 'COMPLETED' : 'COLLECTING',
    state: live?.status ?? 'NEW',
    version,
    reply: null,
    handover:
      live && isWithHuman(live)
        ? { handover_id: live.handover.handover_id, reason: live.handover.reason, queue: live.handover.queue }
        : null,
  };
};
