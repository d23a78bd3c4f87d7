import { type RequestContext, SYSTEM_ACTOR } from '@baton/contracts';

/** The context of what Baton does by itself. */
export const systemContext = (tenantId: string, requestId: string): RequestContext => ({
  tenant_id: tenantId,
  actor: SYSTEM_ACTOR,
  request_id: requestId,
});
