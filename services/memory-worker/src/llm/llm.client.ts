import { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  BatonError,
  type BodyInputOf,
  isBatonError,
  llmRequests,
  type ProblemCode,
  type RequestContext,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

const EMBED_TIMEOUT_MS = 15_000;
const COMPLETE_TIMEOUT_MS = 60_000;
/** The router's own time-out ends before ours: its answer says more than our silence. */
const MARGIN_MS = 2_000;

export interface Embeddings {
  readonly model: string;
  readonly vectors: readonly (readonly number[])[];
  readonly replayed: boolean;
}

/** The models, asked through llm-router; a call id that was paid for once is never paid for again. */
@Injectable()
export class LlmClient {
  constructor(private readonly bus: BusClient) {}

  embed(
    ctx: RequestContext,
    call: { readonly callId: string; readonly texts: readonly string[]; readonly conversationId?: string },
  ): Promise<Embeddings> {
    return this.bus.request(
      llmRequests.embed,
      ctx,
      {
        call_id: call.callId,
        texts: [...call.texts],
        timeout_ms: EMBED_TIMEOUT_MS,
        origin: call.conversationId === undefined ? {} : { conversation_id: call.conversationId },
      },
      { timeoutMs: EMBED_TIMEOUT_MS + MARGIN_MS },
    );
  }

  complete(
    ctx: RequestContext,
    call: Omit<BodyInputOf<typeof llmRequests.complete>, 'timeout_ms'>,
  ): Promise<AnswerOf<typeof llmRequests.complete>> {
    return this.bus.request(
      llmRequests.complete,
      ctx,
      { ...call, timeout_ms: COMPLETE_TIMEOUT_MS },
      { timeoutMs: COMPLETE_TIMEOUT_MS + MARGIN_MS },
    );
  }

  resolveModel(ctx: RequestContext, model: string): Promise<AnswerOf<typeof llmRequests.resolveModel>> {
    return this.bus.request(llmRequests.resolveModel, ctx, { model });
  }

  rank(
    ctx: RequestContext,
    body: BodyInputOf<typeof llmRequests.rank>,
  ): Promise<AnswerOf<typeof llmRequests.rank>> {
    return this.bus.request(llmRequests.rank, ctx, body);
  }
}

/** The context of what this service asks for by itself. */
export const ownContext = (tenantId: string): RequestContext => ({
  tenant_id: tenantId,
  actor: SYSTEM_ACTOR,
  request_id: newId('req'),
});

const PASSING: ReadonlySet<ProblemCode> = new Set([
  'model-unavailable',
  'too-many-requests',
  'unavailable',
  'deadline-exceeded',
]);

/**
 * In a consumer, what passes by itself is waited for and counted as no failure: a provider's bad hour must
 * not end in dead letters. What would fail again stays what it is.
 */
export const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!isBatonError(error) || !PASSING.has(error.code)) throw error;
    const { retryAfterMs } = error;
    throw new BatonError('unavailable', error.message, {
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
};
