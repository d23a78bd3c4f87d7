import { HandleEvents } from '@baton/bus';
import { type RecordedEvent, subjects } from '@baton/contracts';
import { Clock, newId } from '@baton/service';
import { Controller } from '@nestjs/common';

import { systemContext } from '../conversation/system-context.js';
import { ConsultationIndex } from './consultation-index.js';
import { EndConsultationHandler } from './end-consultation.handler.js';

const CONSUMER = 'orchestrator-consultations';
const NEWS = ['approval.decided', 'approval.expired', 'approval.cancelled', 'conversation.erased'];
const SETTLE_MS = 10_000;

/**
 * Ends consultations whose matter is settled. A decision ends those it knows of in its own commit; one that began in
 * the same moment, or was about what went another way, is ended here.
 */
@Controller()
export class ConsultationConsumer {
  constructor(
    private readonly index: ConsultationIndex,
    private readonly ending: EndConsultationHandler,
    private readonly clock: Clock,
  ) {}

  @HandleEvents({ consumer: CONSUMER, subject: NEWS.map(subjects.eventsOfType) })
  async hear(event: RecordedEvent): Promise<void> {
    // The first of two approvals: it still waits.
    if (event.type === 'approval.decided' && event.data['status'] === 'PENDING') return;
    const cause = event.type === 'approval.decided' ? 'decided' : 'over';
    const isErased = event.type === 'conversation.erased';
    const ids = await this.index.about(event.tenant_id, {
      approval_id: isErased ? null : event.stream_id,
      run_id: null,
      conversation_id: isErased ? event.stream_id : null,
    });
    for (const id of ids) {
      const ctx = systemContext(event.tenant_id, newId('req'));
      await this.ending.over(ctx, id, cause, this.clock.nowMs() + SETTLE_MS);
    }
  }
}
