import { createHash } from 'node:crypto';

import { BusClient } from '@baton/bus';
import {
  type BodyOf,
  type Completion,
  llmCallRecorded,
  llmRequests,
  logRequests,
  type RecordedEvent,
  SYSTEM_ACTOR,
} from '@baton/contracts';

import { respond } from './responder.js';

const DIMENSIONS = 64;

/** Where the words of a text point: texts that share words are near each other. */
export const embedWords = (text: string): number[] => {
  const vector = new Array<number>(DIMENSIONS).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const at = createHash('md5').update(word).digest().readUInt16LE(0) % DIMENSIONS;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
};

type CompleteBody = BodyOf<typeof llmRequests.complete>;

/** llm-router as far as memory-worker knows it; counts what is paid for, by call id. */
export class PlayedRouter {
  /** Call id → how often it was asked; a repeated id is answered from the ledger. */
  readonly embeds = new Map<string, number>();
  readonly completions: CompleteBody[] = [];
  readonly ledger: RecordedEvent[] = [];
  embeddingModel = 'builtin/words-64';
  offline = true;
  complete: (body: CompleteBody) => Partial<Completion> | Promise<Partial<Completion>> = (body) => ({
    text: `Summary of ${body.messages.at(-1)?.content.length} characters`,
  });
  onEmbed: (body: BodyOf<typeof llmRequests.embed>) => void = () => undefined;
  private readonly paid = new Map<string, { model: string; vectors: number[][] }>();

  private constructor(readonly bus: BusClient) {}

  static start(natsUrl: string): PlayedRouter {
    const played = new PlayedRouter(new BusClient({ name: 'llm-router', url: natsUrl }));
    played.answer();
    return played;
  }

  get paidTexts(): number {
    return [...this.paid.values()].reduce((sum, { vectors }) => sum + vectors.length, 0);
  }

  /** A row of the ledger was closed. */
  record(
    tenantId: string,
    conversationId: string | null,
    cost_usd: string,
    model: string = llmCallRecorded.example.model,
  ): void {
    const position = this.ledger.length + 1;
    this.ledger.push({
      event_id: `evt_${position}`,
      tenant_id: tenantId,
      stream_type: 'llm_call',
      stream_id: `call_${position}`,
      version: 1,
      type: llmCallRecorded.type,
      schema_version: 1,
      data: { ...llmCallRecorded.example, conversation_id: conversationId, cost_usd, model },
      metadata: { actor: SYSTEM_ACTOR },
      occurred_at: '2026-11-22T10:00:00.000Z',
    });
  }

  stop(): Promise<void> {
    return this.bus.close();
  }

  private answer(): void {
    respond(this.bus, llmRequests.embed, (body, ctx) => {
      this.onEmbed(body);
      const key = `${ctx.tenant_id}/${body.call_id}`;
      this.embeds.set(key, (this.embeds.get(key) ?? 0) + 1);
      const before = this.paid.get(key);
      const made = before ?? { model: this.embeddingModel, vectors: body.texts.map(embedWords) };
      this.paid.set(key, made);
      const usage = { input_tokens: 1, output_tokens: 0, cost_usd: '0' };
      return { ...made, usage, replayed: before !== undefined };
    });
    respond(this.bus, llmRequests.complete, async (body) => {
      this.completions.push(body);
      return {
        call_id: body.call_id,
        model: 'offline/extractive',
        text: '',
        tool_calls: [],
        output: null,
        confidence: null,
        stop_reason: 'stop' as const,
        usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
        replayed: false,
        ...(await this.complete(body)),
      };
    });
    respond(this.bus, llmRequests.resolveModel, ({ model }) => ({
      model,
      tool_calls: !this.offline,
      offline: this.offline,
      context_window: 8000,
    }));
    respond(this.bus, llmRequests.rank, ({ query, passages, limit }) => {
      const wanted = embedWords(query);
      const scored = passages.map(({ id, title, content }) => ({
        id,
        score: embedWords(`${title} ${content}`).reduce((sum, x, i) => sum + x * (wanted[i] ?? 0), 0),
      }));
      return { passages: scored.sort((a, b) => b.score - a.score).slice(0, limit) };
    });
    respond(this.bus, logRequests.llmRouter, ({ log, limit }) => {
      const after = Number(log?.after ?? 0);
      const events = this.ledger.slice(after, after + limit);
      return { events, next: events.length === 0 ? (log?.after ?? null) : String(after + events.length) };
    });
  }
}
