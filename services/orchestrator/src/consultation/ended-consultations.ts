import { newId } from '@baton/service';

import type {
  ConsultationEndings,
  ConsultationsAbout,
  Consulted,
  EndedConsultations,
} from './consultation-endings.js';
import { consultationDecider } from './consultation.decider.js';
import { type ConsultationAppend, type ConsultationRepository, rowsOf } from './consultation.repository.js';
import type { ConsultationIndex } from './consultation-index.js';
import { consultedWords } from './consulted-words.js';
import { closingText } from './notices.js';

/** Ends what a decision makes pointless, from the log. */
export class EndedByDecision implements ConsultationEndings {
  constructor(
    private readonly index: Pick<ConsultationIndex, 'about'>,
    private readonly repository: ConsultationRepository,
  ) {}

  async of(
    tenantId: string,
    about: ConsultationsAbout,
    cause: 'decided' | 'over',
    now: string,
  ): Promise<EndedConsultations> {
    const ids = await this.index.about(tenantId, {
      approval_id: about.approval_id ?? null,
      run_id: about.run_id ?? null,
      conversation_id: about.conversation_id ?? null,
    });
    const parts: ConsultationAppend[] = [];
    const consulted: Consulted[] = [];
    for (const id of ids) {
      const before = await this.repository.load(tenantId, id);
      const { state, version } = before;
      if (state.status === 'NONE') continue;
      const words = await consultedWords(this.repository, tenantId, {
        consultation_id: id,
        version,
        asked: state.asked,
      });
      if (words) consulted.push(words);
      const events = consultationDecider.decide(
        {
          type: 'End',
          outcome: cause === 'decided' ? 'COMPLETED' : 'CANCELLED',
          cause,
          closing: {
            message_id: newId('msg'),
            content: closingText(cause, state.open_questions.length, null),
          },
        },
        state,
      );
      if (events.length > 0) parts.push(this.repository.append(tenantId, before, events, now));
    }
    return {
      appends: parts.map(({ append }) => append),
      rows: rowsOf(parts),
      timers: { cancel: parts.flatMap(({ timers }) => timers.cancel) },
      consulted,
    };
  }
}
