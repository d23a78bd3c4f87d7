import type { RequestContext } from '@baton/contracts';

import type { CallIdentity } from '../ledger/ledger-row.js';

interface Origin {
  readonly conversation_id?: string | undefined;
  readonly run_id?: string | undefined;
  readonly node_id?: string | undefined;
  readonly workflow?: string | undefined;
}

/** Whose call it is, for ledger, limits and erasure. */
export const identityOf = (
  kind: CallIdentity['kind'],
  ctx: Pick<RequestContext, 'tenant_id'>,
  body: { readonly call_id: string; readonly origin: Origin },
): CallIdentity => ({
  tenantId: ctx.tenant_id,
  callId: body.call_id,
  kind,
  conversationId: body.origin.conversation_id ?? null,
  runId: body.origin.run_id ?? null,
  nodeId: body.origin.node_id ?? null,
  workflow: body.origin.workflow ?? null,
});
