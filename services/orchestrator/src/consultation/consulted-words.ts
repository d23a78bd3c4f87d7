import type { ConsultationMessageView } from '@baton/contracts';

import type { Consulted } from './consultation-endings.js';
import type { ConsultationRepository } from './consultation.repository.js';
import { consultationMessageView } from './consultation.view.js';

/** What goes into a run is read again by each of its models: the end of a long talk, not all of it. */
const MOST_CHARACTERS = 24_000;
const MOST_MESSAGES = 200;

/** What people and the agent said, for the run that goes on with it; null where nobody asked anything. */
export const consultedWords = async (
  repository: Pick<ConsultationRepository, 'messages'>,
  tenantId: string,
  consultation: { readonly consultation_id: string; readonly version: number; readonly asked: number },
): Promise<Consulted | null> => {
  const { consultation_id, version, asked } = consultation;
  if (asked === 0) return null;
  const events = await repository.messages(
    tenantId,
    consultation_id,
    Math.max(0, version - MOST_MESSAGES),
    MOST_MESSAGES,
  );
  const said = events.map(consultationMessageView).filter(isSaid);
  const kept = latest(said);
  return {
    consultation_id,
    messages: kept.map(({ role, content }) => ({ role, content })),
    // Of those before the ones that were read it is known only that there were some.
    omitted: said.length - kept.length + Math.max(0, version - MOST_MESSAGES),
  };
};

type Said = ConsultationMessageView & { readonly role: 'HUMAN' | 'AGENT' };

const isSaid = (message: ConsultationMessageView): message is Said => message.role !== 'SYSTEM';

const latest = (said: readonly Said[]): readonly Said[] => {
  let left = MOST_CHARACTERS;
  const from = said.findLastIndex(({ content }) => (left -= content.length) < 0);
  return said.slice(from + 1);
};
