import type { BodyInputOf, Completion, llmRequests, ModelInfo } from '@baton/contracts';

export type CompletionRequest = BodyInputOf<typeof llmRequests.complete>;

/** The models, as the router serves them. A call id that was answered before gives that answer again, unpaid. */
export interface ModelPort {
  /** @throws BatonError the router's own: `budget-exceeded`, `model-unavailable`, `model-incapable`, … */
  complete(tenantId: string, request: CompletionRequest, signal: AbortSignal): Promise<Completion>;
  /** What a tier or name comes to now. */
  resolve(tenantId: string, model: string, signal: AbortSignal): Promise<ModelInfo>;
}
