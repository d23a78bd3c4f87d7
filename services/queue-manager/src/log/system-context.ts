import { type RequestContext, SYSTEM_ACTOR } from '@baton/contracts';
import { newId } from '@baton/service';

/** The context of what the queue does by itself. */
export const systemContext = (tenantId: string): RequestContext => ({
  tenant_id: tenantId,
  actor: SYSTEM_ACTOR,
  request_id: newId('req'),
});
