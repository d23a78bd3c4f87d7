import { createHash } from 'node:crypto';

import { type BusClient } from '@baton/bus';
import { llmRequests } from '@baton/contracts';
import { newId } from '@baton/service';

import { systemContext } from '../conversation/system-context.js';

/** A reply waits no longer than this to be held against earlier ones. */
const TIMEOUT_MS = 1500;
/** The vectors of so many replies are kept: each is asked for once where it was made. */
const MOST_KEPT = 2000;

export interface EmbeddingOrigin {
  readonly tenantId: string;
  readonly conversationId: string;
  readonly runId: string;
}

const digest = (parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex');

/** The router's embeddings of replies and questions. */
export class ReplyEmbeddings {
  private readonly known = new Map<string, readonly number[]>();

  constructor(private readonly bus: Pick<BusClient, 'request'>) {}

  /**
   * Unit vectors in the order of the texts.
   * @throws BatonError where the embeddings are not to be had in time
   */
  async of(origin: EmbeddingOrigin, texts: readonly string[]): Promise<readonly (readonly number[])[]> {
    // No text is kept: what is erased is gone.
    const keyOf = (text: string): string => digest([origin.tenantId, origin.conversationId, text]);
    const wanted = [...new Set(texts.filter((text) => !this.known.has(keyOf(text))))];
    const fetched = new Map<string, readonly number[]>();
    if (wanted.length > 0) {
      const { vectors } = await this.bus.request(
        llmRequests.embed,
        systemContext(origin.tenantId, newId('req')),
        {
          // The same texts of one run are paid for once.
          call_id: `${origin.runId}:repetition:${digest(wanted)}`,
          texts: wanted,
          timeout_ms: TIMEOUT_MS,
          origin: { run_id: origin.runId, conversation_id: origin.conversationId },
        },
        { timeoutMs: TIMEOUT_MS },
      );
      for (const [index, text] of wanted.entries()) fetched.set(text, vectors[index] ?? []);
    }
    const answer = texts.map((text) => fetched.get(text) ?? this.known.get(keyOf(text)) ?? []);
    for (const [text, vector] of fetched) this.keep(keyOf(text), vector);
    return answer;
  }

  private keep(key: string, vector: readonly number[]): void {
    this.known.set(key, vector);
    if (this.known.size > MOST_KEPT) this.known.delete(this.known.keys().next().value as string);
  }
}
