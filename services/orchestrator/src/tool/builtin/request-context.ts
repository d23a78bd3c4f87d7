import type { RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';

import type { ToolContext } from '../tool.js';

/** A tool asks in the name of the AI whose run it is. */
export const aiContext = ({ tenantId, runId }: Pick<ToolContext, 'tenantId' | 'runId'>): RequestContext => ({
  tenant_id: tenantId,
  actor: { type: 'ai', id: runId },
  request_id: newId('req'),
});
