import type { AnswerOf, BodyInputOf, RequestContext, RequestDefinition } from '@baton/contracts';

/** Asks another service; BusClient is one. */
export interface Requester {
  request<D extends RequestDefinition>(
    definition: D,
    ctx: RequestContext,
    body: BodyInputOf<D>,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<AnswerOf<D>>;
}
