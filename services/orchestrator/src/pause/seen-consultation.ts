import { BatonError, SYSTEM_ACTOR } from '@baton/contracts';
import type { Append } from '@baton/event-store';

import { type ConsultationRepository, consultationRef } from '../consultation/consultation.repository.js';

/**
 * The talk that a run is to stand still for, as it was seen: in the run's commit, so that none waits for a talk that is
 * over, which nobody would end again.
 * @throws BatonError `stale-owner` where it is over: whoever takes the run up next plays it on
 */
export const seenConsultation = async (
  consultations: Pick<ConsultationRepository, 'load'>,
  tenantId: string,
  consultationId: string,
): Promise<Append> => {
  const { state, version } = await consultations.load(tenantId, consultationId);
  if (state.status !== 'ACTIVE') throw new BatonError('stale-owner', 'The talk is over: the run goes on');
  return {
    ref: consultationRef(tenantId, consultationId),
    expectedVersion: version,
    events: [],
    metadata: { actor: SYSTEM_ACTOR },
  };
};
