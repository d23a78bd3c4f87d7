import { SYSTEM_ACTOR } from '@baton/contracts';

import type { Consulted } from '../consultation/consultation-endings.js';
import type { KnownConsultation } from '../consultation/consultation.state.js';
import type { ConsultedRuns, ReleasedRun } from '../consultation/consulted-runs.port.js';
import type { ConversationRepository } from '../conversation/conversation.repository.js';
import { decide as decideConversation } from '../conversation/conversation.decider.js';
import { isLive } from '../conversation/conversation.state.js';
import type { RunCommand } from '../run/run.commands.js';
import type { RunRepository } from '../run/run.repository.js';
import type { StandaloneRunWorker } from '../run/standalone-run.worker.js';
import { runEventsOf } from './settlement.js';

/** Lets a run go on that stood still for nothing but a talk. */
export class ReleasedByConsultation implements ConsultedRuns {
  constructor(
    private readonly runs: RunRepository,
    private readonly conversations: ConversationRepository,
    private readonly worker: StandaloneRunWorker,
  ) {}

  async release(
    tenantId: string,
    { consultation_id, run_id }: KnownConsultation,
    consulted: Consulted | null,
    now: string,
  ): Promise<ReleasedRun | null> {
    if (run_id === null) return null;
    const before = await this.runs.load(tenantId, run_id);
    const { state } = before;
    const isHeld = state.status === 'PAUSED' && state.pending.consultation_id === consultation_id;
    if (!isHeld) return null;
    const said: RunCommand = {
      type: 'RecordConsultation',
      consultation: consulted ?? { consultation_id, messages: [] },
    };
    const isAlone = state.conversation_id === null;
    const events = runEventsOf(before, isAlone ? [said, { type: 'ResumeRun' }] : [said], now);
    const { append, rows, state: after } = this.runs.append(tenantId, before, events, now);
    const talk =
      state.conversation_id === null ? null : await this.talk(tenantId, state.conversation_id, run_id, now);
    return {
      appends: [...(talk?.appends ?? []), append],
      rows: { ...talk?.rows, ...rows },
      timers: talk?.timers ?? {},
      released: () => {
        if (after.status === 'RUNNING') this.worker.adopt(tenantId, after, before.version + events.length);
        talk?.committed();
      },
    };
  }

  /** Its conversation is the AI's again, unless a person has it by now: then it goes on when they give it back. */
  private async talk(tenantId: string, conversationId: string, run_id: string, now: string) {
    const before = await this.conversations.load(tenantId, conversationId);
    if (!isLive(before.state)) return null;
    const events = decideConversation({ type: 'ResumeTurn', now, run_id }, before.state);
    if (events.length === 0) return null;
    return this.conversations.part({ tenantId, conversationId, before, events, actor: SYSTEM_ACTOR, now });
  }
}
