import { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  parseOrThrow,
  type RequestContext,
  type RequestDefinition,
  subjects,
  toWireError,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';

export interface Asked {
  readonly pattern: string;
  readonly ctx: RequestContext;
  readonly body: Record<string, unknown>;
}

type Handler = (body: never, ctx: RequestContext) => unknown;

/** The services behind the gateway, played on the real bus: what no test taught them is an error they answer with. */
export class PlayedServices {
  readonly bus: BusClient;
  readonly asked: Asked[] = [];
  private readonly handlers = new Map<string, { definition: RequestDefinition; handler: Handler }>();

  private constructor(url: string) {
    this.bus = new BusClient({ name: 'played-services', url });
  }

  static async start(url: string): Promise<PlayedServices> {
    const services = new PlayedServices(url);
    const nats = await services.bus.connection.ready();
    nats.subscribe(subjects.request('>'), {
      queue: 'played-services',
      callback: (_error, msg) => {
        const pattern = msg.subject.slice(subjects.request('').length);
        const { ctx, body } = msg.json<Omit<Asked, 'pattern'>>();
        // What the gateway asks of its own accord, for all tenants, is no test's call.
        if (ctx.tenant_id !== '*') services.asked.push({ pattern, ctx, body });
        void services.answer(pattern, ctx, body).then((answer) => msg.respond(JSON.stringify(answer)));
      },
    });
    await services.bus.streamEpoch();
    await nats.flush();
    return services;
  }

  /** How a request is answered from now on; the body is held to the contract as the real service does. */
  on<D extends RequestDefinition>(
    definition: D,
    handler: (body: BodyOf<D>, ctx: RequestContext) => AnswerOf<D> | Promise<AnswerOf<D>>,
  ): void {
    this.handlers.set(definition.pattern, { definition, handler: handler });
  }

  lastAsked(definition: RequestDefinition): Asked {
    const found = this.asked.findLast(({ pattern }) => pattern === definition.pattern);
    if (!found) throw new Error(`${definition.pattern} was never asked`);
    return found;
  }

  async untilAsked(definition: RequestDefinition, count = 1): Promise<Asked> {
    const times = (): number => this.asked.filter(({ pattern }) => pattern === definition.pattern).length;
    await waitFor(() => times() >= count, { what: `${definition.pattern} to be asked ${count} times` });
    return this.lastAsked(definition);
  }

  forget(): void {
    this.asked.length = 0;
    this.handlers.clear();
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  private async answer(pattern: string, ctx: RequestContext, body: unknown): Promise<unknown> {
    try {
      const known = this.handlers.get(pattern);
      if (!known) throw new BatonError('not-found', `Nobody plays ${pattern} in this test`);
      const parsed = parseOrThrow(known.definition.body, body, 'The request');
      return { ok: (await known.handler(parsed as never, ctx)) ?? null };
    } catch (error) {
      return { error: toWireError(error) };
    }
  }
}
