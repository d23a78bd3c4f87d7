import { BatonError, type RequestContext, type RequestDefinition, subjects } from '@baton/contracts';

import type { Requester } from '../tool/requester.port.js';
import { cancelModelCalls, type ModelBus, modelClient } from './model.client.js';
import type { CompletionRequest } from './model.port.js';

interface Asked {
  readonly pattern: string;
  readonly ctx: RequestContext;
  readonly body: unknown;
  readonly options: { readonly timeoutMs?: number; readonly signal?: AbortSignal };
}

const REQUEST: CompletionRequest = {
  call_id: 'c',
  model: 'fast',
  messages: [{ role: 'user', content: 'Hi' }],
  timeout_ms: 30_000,
  origin: { run_id: 'run_1' },
};

/** A bus whose answers the test gives. */
const playBus = (answer: (asked: Asked, number: number) => Promise<unknown>) => {
  const asked: Asked[] = [];
  const listeners = new Map<string, () => void>();
  const request: Requester['request'] = (definition: RequestDefinition, ctx, body, options = {}) => {
    const one = { pattern: definition.pattern, ctx, body, options };
    asked.push(one);
    return answer(one, asked.length) as never;
  };
  const bus: ModelBus = {
    request,
    subscribe: (subject, listener) => {
      listeners.set(subject, listener);
      return () => listeners.delete(subject);
    },
  };
  return { bus, asked, tell: (subject: string) => listeners.get(subject)?.() };
};

/** Rejects as the bus does when its caller stops waiting. */
const until = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(new BatonError('cancelled', 'stopped waiting'))),
  );

describe('the models over the bus', () => {
  const never = new AbortController().signal;

  it('are asked for the tenant of the run, and given time for the way', async () => {
    const { bus, asked } = playBus(() => Promise.resolve({}));
    const client = modelClient(bus);

    await client.complete('acme', { ...REQUEST, timeout_ms: 4_000 }, never);
    await client.resolve('acme', 'fast', never);

    expect(asked).toMatchObject([
      {
        pattern: 'llm.complete',
        ctx: { tenant_id: 'acme', actor: { type: 'ai', id: 'run_1' } },
        body: { call_id: 'c', timeout_ms: 4_000 },
        options: { timeoutMs: 6_000 },
      },
      { pattern: 'llm.resolve-model', ctx: { tenant_id: 'acme' } },
    ]);
  });

  it('are asked again by the same id where no answer comes, with the time that is left', async () => {
    const { bus, asked } = playBus((_, number) =>
      number < 3 ? Promise.reject(new BatonError('deadline-exceeded', 'late')) : Promise.resolve('answer'),
    );

    expect(await modelClient(bus).complete('acme', REQUEST, never)).toBe('answer');

    expect(asked).toHaveLength(3);
    expect(asked.every(({ body }) => (body as CompletionRequest).call_id === 'c')).toBe(true);
    expect(asked[0]?.options.timeoutMs).toBeLessThan(REQUEST.timeout_ms);
  });

  it('are asked again at once when a router starts: theirs may have died', async () => {
    const { bus, asked, tell } = playBus(({ options }, number) =>
      number === 1 ? until(options.signal) : Promise.resolve('made anew'),
    );
    const answer = modelClient(bus).complete('acme', REQUEST, never);

    tell(subjects.modelRouterStarted);

    expect(await answer).toBe('made anew');
    expect(asked).toHaveLength(2);
  });

  it.each(['model-unavailable', 'model-rejected-request', 'budget-exceeded', 'cancelled'] as const)(
    'are not asked again after %s',
    async (code) => {
      const { bus, asked } = playBus(() => Promise.reject(new BatonError(code, 'no')));

      await expect(modelClient(bus).complete('acme', REQUEST, never)).rejects.toMatchObject({ code });

      expect(asked).toHaveLength(1);
    },
  );

  it.each(['cancelled', 'deadline-exceeded'] as const)(
    'are told where the call ends for good as %s',
    async (code) => {
      const { bus, asked } = playBus(({ pattern, options }) =>
        pattern === 'llm.cancel' ? Promise.resolve({}) : until(options.signal),
      );
      const controller = new AbortController();
      const answer = modelClient(bus).complete('acme', REQUEST, controller.signal);

      controller.abort(new BatonError(code, 'over'));

      await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
      expect(asked.at(-1)).toMatchObject({ pattern: 'llm.cancel', body: { call_id: 'c' } });
    },
  );

  it('are told nothing where this worker merely lost the run: another asks for the same call', async () => {
    const { bus, asked } = playBus(({ options }) => until(options.signal));
    const controller = new AbortController();
    const answer = modelClient(bus).complete('acme', REQUEST, controller.signal);

    controller.abort('the service is stopping');

    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked.map(({ pattern }) => pattern)).toEqual(['llm.complete']);
  });

  it('end all calls of a run', async () => {
    const { bus, asked } = playBus(() => Promise.resolve({}));

    await cancelModelCalls(bus, 'acme', 'run_1');

    expect(asked).toMatchObject([
      { pattern: 'llm.cancel', ctx: { tenant_id: 'acme' }, body: { run_id: 'run_1' } },
    ]);
  });
});
