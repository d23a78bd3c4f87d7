import { isBatonError, llmRequests, type RequestContext, subjects } from '@baton/contracts';
import { newId } from '@baton/service';

import type { Requester } from '../tool/requester.port.js';
import type { CompletionRequest, ModelPort } from './model.port.js';

/** Beyond the model's own time: for the way there and back. */
const TRAVEL_MS = 2000;
const RESOLVE_TIMEOUT_MS = 5000;
const CANCEL_TIMEOUT_MS = 5000;
/**
 * A call is asked for again this often: who makes it lets the repeat wait with the first, and where the router died
 * with it the repeat is what has it made anew.
 */
const ASK_AGAIN_MS = 5000;

/** The bus, as far as it is needed here. */
export interface ModelBus extends Requester {
  subscribe?(subject: string, onMessage: () => void): () => void;
}

/** The router's models over the bus. */
export const modelClient = (bus: ModelBus): ModelPort => {
  const reborn = new RouterBirths(bus);
  return {
    complete: (tenantId, request, signal) => ask(bus, reborn, tenantId, request, signal),
    resolve: (tenantId, model, signal) =>
      bus.request(
        llmRequests.resolveModel,
        contextOf(tenantId, undefined),
        { model },
        { timeoutMs: RESOLVE_TIMEOUT_MS, signal },
      ),
  };
};

/** Ends every model call of a run that is under way, wherever it is made; what it used stays in the ledger. */
export const cancelModelCalls = async (bus: Requester, tenantId: string, runId: string): Promise<void> => {
  await bus.request(
    llmRequests.cancel,
    contextOf(tenantId, runId),
    { run_id: runId },
    { timeoutMs: CANCEL_TIMEOUT_MS },
  );
};

const ask = async (
  bus: ModelBus,
  reborn: RouterBirths,
  tenantId: string,
  request: CompletionRequest,
  signal: AbortSignal,
): ReturnType<ModelPort['complete']> => {
  const ctx = contextOf(tenantId, request.origin.run_id);
  const until = performance.now() + request.timeout_ms;
  for (;;) {
    const remaining = Math.max(1, Math.ceil(until - performance.now()));
    const isLast = remaining <= ASK_AGAIN_MS;
    const birth = reborn.next();
    try {
      return await bus.request(
        llmRequests.complete,
        ctx,
        { ...request, timeout_ms: remaining },
        {
          timeoutMs: isLast ? remaining + TRAVEL_MS : ASK_AGAIN_MS,
          signal: AbortSignal.any([signal, birth]),
        },
      );
    } catch (error) {
      if (signal.aborted) {
        if (isNobodysWish(signal)) throw error;
        tellCancelled(bus, ctx, request.call_id);
        throw error;
      }
      const mayAskAgain = birth.aborted || (!isLast && isBatonError(error, 'deadline-exceeded'));
      if (!mayAskAgain || performance.now() >= until) throw error;
    }
  }
};

/**
 * A worker that stops or lost its run says nothing of the call: whoever goes on with the run asks for it by the same
 * id. Only what ends the call for good is told as an error of ours.
 */
const isNobodysWish = ({ reason }: AbortSignal): boolean =>
  !isBatonError(reason, 'cancelled') && !isBatonError(reason, 'deadline-exceeded');

/** Where nobody hears it the call goes on until its own time is over; it is paid for, and known. */
const tellCancelled = (bus: Requester, ctx: RequestContext, call_id: string): void => {
  bus.request(llmRequests.cancel, ctx, { call_id }, { timeoutMs: CANCEL_TIMEOUT_MS }).catch(() => undefined);
};

/** Tells those who wait that a router has started: theirs may have died. */
class RouterBirths {
  private birth = new AbortController();

  constructor(bus: ModelBus) {
    bus.subscribe?.(subjects.modelRouterStarted, () => {
      const { birth } = this;
      this.birth = new AbortController();
      birth.abort();
    });
  }

  /** Aborts at the next one. */
  next(): AbortSignal {
    return this.birth.signal;
  }
}

const contextOf = (tenantId: string, runId: string | undefined): RequestContext => ({
  tenant_id: tenantId,
  actor: { type: 'ai', id: runId ?? 'baton' },
  request_id: newId('req'),
});
