import type { RequestContext, RequestDefinition } from '@baton/contracts';

import type { Requester } from '../tool/requester.port.js';
import { modelClient } from './model.client.js';

describe('the models over the bus', () => {
  it('are asked for the tenant of the run, and given time for the way', async () => {
    const asked: { pattern: string; ctx: RequestContext; options: unknown }[] = [];
    const requester: Requester = {
      request: (definition: RequestDefinition, ctx, _body, options) => {
        asked.push({ pattern: definition.pattern, ctx, options });
        return Promise.resolve({} as never);
      },
    };
    const { signal } = new AbortController();
    const client = modelClient(requester);
    const origin = { run_id: 'run_1' };
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    await client.complete(
      'acme',
      { call_id: 'c', model: 'fast', messages, timeout_ms: 30_000, origin },
      signal,
    );
    await client.resolve('acme', 'fast', signal);

    expect(asked).toMatchObject([
      {
        pattern: 'llm.complete',
        ctx: { tenant_id: 'acme', actor: { type: 'ai', id: 'run_1' } },
        options: { timeoutMs: 32_000, signal },
      },
      { pattern: 'llm.resolve-model', ctx: { tenant_id: 'acme' } },
    ]);
  });
});
