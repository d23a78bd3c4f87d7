import type { ConsultationView } from '@baton/contracts';

import type { Memories } from '../conversation/memories.client.js';
import type { KnownConsultation } from './consultation.state.js';
import type { ConsultedSubject, ConsultedSubjects } from './consulted-subject.js';

/** What a consultation is about, as people may read it. */
export class ConsultationContexts {
  constructor(
    private readonly subjects: ConsultedSubjects,
    private readonly memories: Pick<Memories, 'of'>,
  ) {}

  async of(
    tenantId: string,
    consultation: KnownConsultation,
    known?: ConsultedSubject,
  ): Promise<ConsultationView['context']> {
    const { approval, run } = known ?? (await this.subjects.again(tenantId, consultation));
    const { conversation_id } = consultation;
    const summary = conversation_id === null ? null : await this.memories.of(tenantId, conversation_id);
    return {
      plan: approval?.state.plan ?? null,
      risk_assessment: approval?.state.risk_assessment ?? null,
      summary,
      steps: Object.entries(run?.steps ?? {})
        .filter(([id]) => !id.includes('['))
        .map(([id, { status }]) => ({ id, status })),
    };
  }
}
