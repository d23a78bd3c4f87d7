import type { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  type BodyOf,
  type RequestContext,
  type RequestDefinition,
  subjects,
  toWireError,
} from '@baton/contracts';

/** Answers a request as the service would that a test plays. */
export const respond = <D extends RequestDefinition>(
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
