import { ModelServer, modelSteps, type ModelRequest } from '@baton/testkit';

/** Longer than a service gives what it has under way when it is told to end. */
const LONG_MS = 12_000;
const SHORT_MS = 100;

/** A question, and the only answer to it. */
export const question = (id: string, { isLong = false } = {}): string => `q<${id}${isLong ? ':long' : ''}>`;
export const answerTo = (id: string): string => `a<${id}>`;

/** A model that takes its time and says which question it answers. */
export const answeringModel = async (): Promise<ModelServer> => {
  const server = await ModelServer.start();
  server.respond((request: ModelRequest) => {
    // It keeps every request that it saw.
    server.requests.length = 0;
    const [, id = '', long] = [...request.lastUser.matchAll(/q<([^>:]+)(:long)?>/g)].at(-1) ?? [];
    return modelSteps.slow(long ? LONG_MS : SHORT_MS, modelSteps.say(answerTo(id)));
  });
  return server;
};
