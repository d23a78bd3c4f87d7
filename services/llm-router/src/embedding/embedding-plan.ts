import type { Answered, AttemptOptions, CallPlan, Judgement } from '../call/call-plan.js';
import type { CallIdentity } from '../ledger/ledger-row.js';
import { type EmbeddingReply, estimateTokens } from '../providers/provider.js';
import { ProviderError } from '../providers/provider-error.js';
import type { Route } from '../routing/model-router.js';

/** Vectors as they are stored: half the size of JSON numbers, and exact. */
export interface EmbeddingResult {
  readonly vectors: readonly string[];
}

/** An embedding call of a served model. */
export class EmbeddingPlan implements CallPlan<EmbeddingReply, EmbeddingResult> {
  constructor(
    readonly identity: CallIdentity,
    readonly routes: readonly Route[],
    readonly timeoutMs: number,
    private readonly texts: readonly string[],
    private readonly mayBeCached: boolean,
  ) {}

  readonly mayRestart = false;

  get expectedTokens(): number {
    return this.texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  }

  /** The same text has the same vector. */
  get cacheKey(): string | undefined {
    return this.mayBeCached ? JSON.stringify([this.routes.map(({ name }) => name), this.texts]) : undefined;
  }

  async perform({ provider, ref }: Route, { signal }: AttemptOptions): Promise<Answered<EmbeddingReply>> {
    if (!provider.embed) throw new ProviderError('rejected', `${provider.name} has no embeddings`);
    const reply = await provider.embed(ref.model, this.texts, signal);
    return { reply, usage: reply.usage };
  }

  judge(_route: Route, { reply }: Answered<EmbeddingReply>): Judgement<EmbeddingResult> {
    return { kind: 'final', outcome: 'ok', result: { vectors: reply.vectors.map(encodeVector) } };
  }
}

export const encodeVector = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');

export const decodeVector = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
};
