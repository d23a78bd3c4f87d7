import { BatonError } from '@baton/contracts';

import type { Answerer, RequestLike, ServedRequest } from './bus.js';
import type { World } from './world.js';

const anything = { parse: (value: unknown): unknown => value };
/** What the scripted agent asks; not one of Baton's requests, so that nothing of the router's is played wrong. */
export const THINK: RequestLike = { pattern: 'simulation.think', body: anything };
export const BUY: RequestLike = { pattern: 'simulation.buy', body: anything };

/** What the model says to a question: anybody can work out what it must have been. */
export const replyTo = (question: string): string => `You said: ${question}`;

/** What a question asks for beside an answer. */
export const wantsPerson = (question: string): boolean => question.includes('person');
export const wantsToBuy = (question: string): boolean => question.includes('buy');

/** The model's router and a shop, as far as the simulated services see them: they never die, and may be slow or fail. */
export class Outside {
  /** Call id → how often it was asked for; the router keeps every result by it. */
  readonly calls = new Map<string, number>();
  /** Idempotency key → what was bought with it: the shop honours keys. */
  readonly bought = new Map<string, { readonly what: string; times: number }>();

  constructor(private readonly world: World) {
    const serve = (pattern: string, answer: (request: ServedRequest) => Promise<unknown>): void => {
      const answerers: readonly Answerer[] = [{ process: null, serve: answer }];
      world.network.answer(pattern, () => answerers);
    };
    serve(THINK.pattern, ({ body }) => this.think(body as { callId: string }));
    serve(BUY.pattern, ({ body }) => this.buy(body as { key: string; what: string }));
    serve('llm.detect-human-request', ({ body }) =>
      Promise.resolve({ requested: wantsPerson((body as { text: string }).text) }),
    );
    serve('llm.embed', ({ body }) =>
      this.slowly(() => ({
        model: 'simulated',
        vectors: (body as { texts: string[] }).texts.map((text) => [text.length, 1]),
        replayed: false,
      })),
    );
  }

  private think({ callId }: { readonly callId: string }): Promise<unknown> {
    const isKnown = this.calls.has(callId);
    this.calls.set(callId, (this.calls.get(callId) ?? 0) + 1);
    return isKnown ? Promise.resolve({}) : this.slowly(() => ({}));
  }

  private buy({ key, what }: { readonly key: string; readonly what: string }): Promise<unknown> {
    const known = this.bought.get(key);
    if (known) known.times += 1;
    else this.bought.set(key, { what, times: 1 });
    // Bought, and nobody hears of it: the caller finds out by asking again with the same key.
    if (this.world.faults.strikes('tool-answer-lost')) return new Promise(() => undefined);
    return Promise.resolve({ bought: what });
  }

  private slowly<T>(answer: () => T): Promise<T> {
    const { kernel, faults } = this.world;
    const ms = faults.strikes('model-slow')
      ? kernel.random.between(3000, 25_000)
      : kernel.random.between(20, 900);
    const fails = faults.strikes('model-failed');
    return new Promise((resolve, reject) => {
      kernel.after(ms, null, () =>
        fails ? reject(new BatonError('model-unavailable', 'The model is away')) : resolve(answer()),
      );
    });
  }
}
