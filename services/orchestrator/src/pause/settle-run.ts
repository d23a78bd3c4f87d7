import type { Actor } from '@baton/contracts';
import type { IdempotencyRecord, Outcome } from '@baton/event-store';

import { decide as decideConversation } from '../conversation/conversation.decider.js';
import type { ConversationCommand } from '../conversation/conversation.commands.js';
import type { ConversationRepository, Loaded } from '../conversation/conversation.repository.js';
import { isLive } from '../conversation/conversation.state.js';
import type { RunCommand } from '../run/run.commands.js';
import type { LoadedRun, RunRepository } from '../run/run.repository.js';
import type { LiveRun } from '../run/run.state.js';
import { type CommitParts, runEventsOf, together } from './settlement.js';

/** What one decision changes: the run that waited, its conversation, and what else belongs to it. */
export interface Settlement {
  readonly tenantId: string;
  readonly run: LoadedRun & { readonly state: LiveRun };
  readonly conversation: Loaded | null;
  /** Of the run, in their order; `ResumeRun` behind them only where it is standalone and goes on at once. */
  readonly commands: readonly RunCommand[];
  /** Of the conversation; it may have nothing to say to them. */
  readonly talk: readonly ConversationCommand[];
  readonly parts: readonly CommitParts[];
  readonly actor: Actor;
  readonly now: string;
  readonly correlationId?: string;
  readonly idempotency?: readonly IdempotencyRecord[];
}

/** The run as it is behind the commit. */
export interface Settled {
  readonly outcome: Outcome;
  readonly run: LiveRun;
  readonly version: number;
}

/** Writes it in one commit. Streams in the order conversation, run, the rest: two such commits never wait for each other. */
export class SettledRuns {
  constructor(
    private readonly runs: RunRepository,
    private readonly conversations: ConversationRepository,
  ) {}

  async commit(settlement: Settlement): Promise<Settled> {
    const { tenantId, run, conversation, commands, talk, actor, now } = settlement;
    const events = runEventsOf(run, commands, now);
    const version = run.version + events.length;
    const rest = together(...settlement.parts);
    const said = conversation && isLive(conversation.state) ? saidBy(conversation, talk) : [];
    if (!conversation || said.length === 0) {
      const { outcome, state } = await this.runs.commit({
        tenantId,
        before: run,
        events,
        now,
        actor,
        ...(settlement.idempotency && { idempotency: settlement.idempotency }),
        with: rest,
      });
      return { outcome, run: state, version };
    }
    const { append, rows, state } = this.runs.append(tenantId, run, events, now);
    const { outcome } = await this.conversations.commit({
      tenantId,
      conversationId: run.state.conversation_id as string,
      before: conversation,
      events: said,
      actor,
      now,
      ...(settlement.correlationId !== undefined && { correlationId: settlement.correlationId }),
      ...(settlement.idempotency && { idempotency: settlement.idempotency }),
      with: [append, ...rest.appends],
      rows: { ...rest.rows, ...rows },
      timers: rest.timers,
    });
    return { outcome, run: state, version };
  }
}

const saidBy = ({ state }: Loaded, talk: readonly ConversationCommand[]) =>
  talk.flatMap((command) => decideConversation(command, state));
