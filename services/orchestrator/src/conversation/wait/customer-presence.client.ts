import type { BusClient } from '@baton/bus';
import { type CustomerLook, CustomerSeen, subjects } from '@baton/contracts';
import { newId } from '@baton/service';

const ANSWERS_WITHIN_MS = 1500;

/** Whether a customer has their stream open at some gateway. */
export class CustomerPresence {
  constructor(private readonly bus: BusClient) {}

  /** `unknown` where no gateway answers: then nobody can say that the customer is away. */
  async look(tenantId: string, conversationId: string): Promise<'here' | 'away' | 'unknown'> {
    const reply_to = subjects.customerSeen(newId('req'));
    const { promise, resolve } = Promise.withResolvers<'here' | 'away' | 'unknown'>();
    let hasAnswer = false;
    const stop = this.bus.subscribe(reply_to, (message) => {
      const seen = CustomerSeen.safeParse(message);
      if (!seen.success) return;
      hasAnswer = true;
      if (seen.data.is_here) resolve('here');
    });
    const late = setTimeout(() => resolve(hasAnswer ? 'away' : 'unknown'), ANSWERS_WITHIN_MS);
    try {
      const look: CustomerLook = { tenant_id: tenantId, conversation_id: conversationId, reply_to };
      this.bus.publish(subjects.customerLook, look);
      return await promise;
    } finally {
      clearTimeout(late);
      stop();
    }
  }
}
