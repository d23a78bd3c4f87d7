import type { StreamRef } from '@baton/event-store';

/** Choosing agents is one at a time per tenant in a process: choosers would only take each other's choice. */
export const assignmentTurn = (tenantId: string): StreamRef => ({
  tenantId,
  streamType: 'assignment',
  streamId: 'queue',
});
