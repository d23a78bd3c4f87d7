import type { BusClient } from '@baton/bus';
import { type ConsultationEvent, type ConsultationNews, subjects } from '@baton/contracts';

import { consultationMessageView } from './consultation.view.js';

/** Tells whoever listens to a consultation what was committed, at once and without a promise: the log is the truth. */
export class ConsultationNewsroom {
  constructor(private readonly bus: Pick<BusClient, 'publish'>) {}

  /** @param firstVersion of the first event */
  tell(tenantId: string, events: readonly ConsultationEvent[], firstVersion: number, now: string): void {
    events.forEach((event, index) => {
      const version = firstVersion + index;
      const news = newsOf(event, version, now);
      if (news) this.bus.publish(subjects.consultationNews(tenantId, event.data.consultation_id), news);
    });
  }
}

const newsOf = (event: ConsultationEvent, version: number, now: string): ConsultationNews | undefined => {
  if (event.type === 'consultation.message')
    return {
      type: 'message',
      version,
      message: consultationMessageView({ version, data: event.data, occurred_at: now }),
    };
  if (event.type === 'consultation.ended') {
    const { outcome, cause } = event.data;
    return { type: 'ended', version, outcome, cause };
  }
  return undefined;
};
