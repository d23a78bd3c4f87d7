import { llmRequests, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';

import type { Requester } from '../tool/requester.port.js';
import type { ModelPort } from './model.port.js';

/** Beyond the model's own time: for the way there and back. */
const TRAVEL_MS = 2000;
const RESOLVE_TIMEOUT_MS = 5000;

/** The router's models over the bus. */
export const modelClient = (requester: Requester): ModelPort => ({
  complete: (tenantId, request, signal) =>
    requester.request(llmRequests.complete, contextOf(tenantId, request.origin.run_id), request, {
      timeoutMs: request.timeout_ms + TRAVEL_MS,
      signal,
    }),
  resolve: (tenantId, model, signal) =>
    requester.request(
      llmRequests.resolveModel,
      contextOf(tenantId, undefined),
      { model },
      { timeoutMs: RESOLVE_TIMEOUT_MS, signal },
    ),
});

const contextOf = (tenantId: string, runId: string | undefined): RequestContext => ({
  tenant_id: tenantId,
  actor: { type: 'ai', id: runId ?? 'baton' },
  request_id: newId('req'),
});
