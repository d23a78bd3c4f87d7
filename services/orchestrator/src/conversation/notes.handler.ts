import {
  type AnswerOf,
  type BodyOf,
  conversationRequests as requests,
  type RequestContext,
} from '@baton/contracts';
import { newId } from '@baton/service';

import { ConversationCommandHandler } from './command-handler.js';

type Body<K extends keyof typeof requests> = BodyOf<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** What is noted beside the conversation: whispers and feedback. */
export class NotesHandler {
  constructor(private readonly commands: ConversationCommandHandler) {}

  whisper(ctx: RequestContext, body: Body<'whisper'>, deadline: number): Answer<'whisper'> {
    const message_id = newId('msg');
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: (_loaded, now) => ({
        type: 'Whisper',
        now,
        actor: ctx.actor,
        message_id,
        message: body.message,
      }),
      answer: () => ({ message_id }),
    });
  }

  feedback(ctx: RequestContext, body: Body<'feedback'>, deadline: number): Answer<'feedback'> {
    return this.commands.execute({
      ctx,
      conversationId: body.conversation_id,
      deadline,
      command: (_loaded, now) => ({
        type: 'RecordFeedback',
        now,
        rating: body.rating,
        comment: body.comment ?? null,
      }),
      answer: () => null,
    });
  }
}
