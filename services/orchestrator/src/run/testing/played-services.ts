import { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  type BodyOf,
  type Completion,
  type KnowledgePassage,
  llmRequests,
  memoryRequests,
  NO_USAGE,
  type RequestContext,
  type RequestDefinition,
  subjects,
  toWireError,
} from '@baton/contracts';

type CompleteBody = BodyOf<typeof llmRequests.complete>;

/** Router and memory as far as runs know them. A repeated call id is answered as before, and counted. */
export class PlayedServices {
  /** Call id → how often it was asked. */
  readonly asked = new Map<string, number>();
  complete: (body: CompleteBody) => Partial<Completion> | Promise<Partial<Completion>> = () => ({
    text: 'ok',
  });
  embed: (texts: readonly string[]) => number[][] | Promise<number[][]> = (texts) => texts.map(() => [1, 0]);
  /** How surely passages answer a question, best first; none does unless told. */
  rank: (
    query: string,
    passages: readonly { readonly id: string; readonly title: string; readonly content: string }[],
  ) => { readonly id: string; readonly score: number }[] = () => [];
  passages: KnowledgePassage[] = [];
  /** Calls that nobody needs any more. */
  readonly cancelled: unknown[] = [];
  toolCalls = true;
  private readonly paid = new Map<string, Completion>();
  private readonly buses: BusClient[];

  constructor(natsUrl: string) {
    const router = new BusClient({ name: 'llm-router', url: natsUrl });
    const memory = new BusClient({ name: 'memory-worker', url: natsUrl });
    this.buses = [router, memory];
    respond(router, llmRequests.complete, (body) => this.answer(body));
    respond(router, llmRequests.resolveModel, ({ model }) => ({
      model: `played/${model}`,
      tool_calls: this.toolCalls,
      offline: !this.toolCalls,
      context_window: 100_000,
    }));
    respond(router, llmRequests.detectHumanRequest, ({ text }) => ({
      requested: /\bperson\b/i.test(text),
      score: 1,
    }));
    respond(router, llmRequests.embed, async ({ texts }) => ({
      model: 'played/embedding',
      vectors: await this.embed(texts),
      usage: NO_USAGE,
      replayed: false,
    }));
    respond(router, llmRequests.rank, ({ query, passages }) => ({ passages: this.rank(query, passages) }));
    respond(router, llmRequests.cancel, (body) => {
      this.cancelled.push(body);
      return {};
    });
    respond(memory, memoryRequests.searchKnowledge, () => ({ passages: this.passages }));
    respond(memory, memoryRequests.forTurn, () => ({ summary: null, memories: [] }));
    respond(memory, memoryRequests.ofConversation, () => ({
      summary: null,
      summarized_through_turn: 0,
      memories: [],
    }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.buses.map((bus) => bus.close()));
  }

  private async answer(body: CompleteBody): Promise<Completion> {
    this.asked.set(body.call_id, (this.asked.get(body.call_id) ?? 0) + 1);
    const before = this.paid.get(body.call_id);
    if (before) return { ...before, replayed: true };
    const completion: Completion = {
      call_id: body.call_id,
      model: 'played/model',
      text: '',
      tool_calls: [],
      output: null,
      confidence: null,
      stop_reason: 'stop',
      usage: { input_tokens: 10, output_tokens: 5, cost_usd: '0.0001' },
      replayed: false,
      ...(await this.complete(body)),
    };
    this.paid.set(body.call_id, completion);
    return completion;
  }
}

/** Answers a request as the service would that a test plays. */
const respond = <D extends RequestDefinition>(
  bus: BusClient,
  definition: D,
  handler: (body: BodyOf<D>, ctx: RequestContext) => AnswerOf<D> | Promise<AnswerOf<D>>,
): void => {
  bus.connection.whenReady((nats) => {
    nats.subscribe(subjects.request(definition.pattern), {
      queue: bus.name,
      callback: (_error, msg) => {
        const { body, ctx } = msg.json<{ body: unknown; ctx: RequestContext }>();
        const answer = async (): Promise<unknown> => ({
          ok: (await handler(definition.body.parse(body) as BodyOf<D>, ctx)) ?? null,
        });
        void answer()
          .catch((error: unknown) => ({ error: toWireError(error) }))
          .then((reply) => msg.respond(JSON.stringify(reply)));
      },
    });
  });
};
