import { type AnswerOf, BatonError, type RequestContext, type staffRequests } from '@baton/contracts';
import type { DueTimer } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { mayAnswerFor } from '../access/may-answer-for.js';
import { Commands } from '../log/commands.js';
import { soonOr } from '../log/soon.js';
import { systemContext } from '../log/system-context.js';
import { agentRef } from '../log/work.js';
import { QueueItemReads } from '../queue-item/queue-item.reads.js';

/** The news of a resolve may be on its way when the wrap-up is reported done. */
const RESOLVE_ARRIVES_WITHIN_MS = 1_500;

/** The end of a wrap-up: its agent says so, or forgets and time says so. */
@Injectable()
export class WrapUpHandler {
  constructor(
    private readonly commands: Commands,
    private readonly items: QueueItemReads,
    private readonly clock: Clock,
  ) {}

  async end(
    ctx: RequestContext,
    conversationId: string,
    deadline: number,
  ): Promise<AnswerOf<typeof staffRequests.wrapUp>> {
    const { over, state } = await this.handledBy(ctx, conversationId);
    return this.commands.execute({
      ctx,
      deadline,
      streams: over.map((each) => agentRef(ctx.tenant_id, each.agentId)),
      decide: async (work) => {
        for (const { agentId, handoverId } of over) {
          await work.tellAgent(agentId, { type: 'EndWrapUp', handover_id: handoverId });
        }
        if (work.isEmpty && state !== 'RESOLVED') {
          throw new BatonError('invalid-transition', 'The conversation is not resolved', {
            details: { state },
          });
        }
        return { conversation_id: conversationId };
      },
    });
  }

  async onTimer({ tenantId, payload }: DueTimer): Promise<void> {
    const { agent_id, handover_id } = payload as { agent_id: string; handover_id: string };
    await this.commands.execute({
      ctx: systemContext(tenantId),
      deadline: this.clock.nowMs() + 10_000,
      streams: [agentRef(tenantId, agent_id)],
      decide: async (work) => {
        await work.tellAgent(agent_id, { type: 'EndWrapUp', handover_id });
      },
    });
  }

  /**
   * Who had the conversation in its handovers that are over, and how it stands now.
   * @throws BatonError `not-found`, `forbidden`
   */
  private async handledBy(ctx: RequestContext, conversationId: string): Promise<Handled> {
    const items = await soonOr(
      () => this.items.ofConversation(ctx.tenant_id, conversationId),
      ([newest]) => newest?.status !== 'ASSIGNED',
      RESOLVE_ARRIVES_WITHIN_MS,
    );
    const [newest] = items;
    if (!newest) throw new BatonError('not-found', 'No person has had this conversation');
    const had = items.filter((item) => item.agent_id !== null);
    const theirs = had.filter((item) => mayAnswerFor(ctx.actor, item.agent_id ?? ''));
    if (had.length > 0 && theirs.length === 0) {
      throw new BatonError('forbidden', 'This is for the agent who had the conversation');
    }
    return {
      state: STATES[newest.status],
      over: theirs
        .filter((item) => item.status === 'CLOSED')
        .map((item) => ({ agentId: item.agent_id ?? '', handoverId: item.handover_id })),
    };
  }
}

interface Handled {
  readonly state: (typeof STATES)[keyof typeof STATES];
  readonly over: readonly { readonly agentId: string; readonly handoverId: string }[];
}

const STATES = { WAITING: 'PENDING_HUMAN', ASSIGNED: 'HUMAN_ACTIVE', CLOSED: 'RESOLVED' } as const;
