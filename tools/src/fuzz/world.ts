import { waitFor } from '@baton/testkit';

import { Pool } from './pool.js';
import type { Caller } from './request.js';

/** A workflow that is right, in as many versions as numbers. */
export const WORKFLOW = (name: string, version: number): string => `name: ${name}
description: Version ${version}
nodes:
  done: { type: sink, sink: FINISH, reply: "Version ${version}" }
`;

export interface World {
  readonly pool: Pool;
  /** The callers, the most powerful first. */
  readonly callers: readonly Caller[];
}

interface Called {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Makes one of everything through the API, so that requests have something to meet. */
export const populate = async (url: string, apiKey: string): Promise<World> => {
  const pool = new Pool();
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    { token = apiKey, type = 'application/json' } = {},
  ): Promise<Called> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer = {
      status: response.status,
      body: (text ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
    pool.harvest(answer.body);
    return answer;
  };
  const tokenOf = async (path: string): Promise<string> => (await call('POST', path)).body['token'] as string;

  await call('PUT', '/api/v1/workflows/fuzzed', WORKFLOW('fuzzed', 1), { type: 'application/yaml' });
  for (const name of ['fuzzed', 'customer_support', 'order_management']) pool.add('workflow_name', name);
  for (const list of ['agents', 'tools']) {
    const { items } = (await call('GET', `/api/v1/${list}?limit=200`)).body as {
      items: Record<string, string>[];
    };
    for (const { type, name } of items)
      pool.add(list === 'agents' ? 'agent_type' : 'tool_name', type ?? name ?? '');
  }
  const callers: Caller[] = [{ name: 'the first key', token: apiKey }];
  for (const role of ['supervisor', 'senior', 'agent']) {
    await call('POST', '/api/v1/human-agents', {
      agent_id: `fuzz_${role}`,
      name: role,
      role,
      max_concurrent: 50,
    });
    await call('PUT', `/api/v1/human-agents/fuzz_${role}/presence`, { status: 'ONLINE' });
    callers.push({
      name: `a staff token (${role})`,
      token: await tokenOf(`/api/v1/human-agents/fuzz_${role}/token`),
    });
  }
  const say = (id: string): Promise<Called> =>
    call('POST', '/api/v1/hil/message', {
      conversation_id: id,
      message: 'Hello',
      sender_type: 'user',
      workflow_name: 'fuzzed',
    });
  for (const id of ['fuzz-ai', 'fuzz-waits', 'fuzz-human', 'fuzz-erased']) await say(id);
  await call('DELETE', '/api/v1/conversations/fuzz-erased');
  for (const id of ['fuzz-waits', 'fuzz-human']) await call('POST', `/api/v1/hil/handover/${id}`, {});
  await call('POST', '/api/v1/hil/assign/fuzz-human', { agent_id: 'fuzz_agent' });
  await waitFor(
    async () =>
      ((await call('GET', '/api/v1/offers?agent_id=fuzz_senior')).body['items'] as unknown[]).length > 0,
    { what: 'an offer', timeoutMs: 60_000 },
  );
  callers.push({ name: 'a conversation token', token: await tokenOf('/api/v1/conversations/fuzz-ai/token') });
  await call('POST', '/api/v1/workflows/execute', { workflow_name: 'fuzzed', input_data: {} });
  await call('POST', '/api/v1/webhooks', {
    url: 'https://hooks.invalid/baton',
    event_types: ['conversation.*'],
  });
  await call('POST', '/api/v1/api-keys', { name: 'fuzzed', scopes: ['conversations'] });
  const { body: tenant } = await call('POST', '/api/v1/tenants', { name: 'Another' });
  callers.push({ name: 'a key of another tenant', token: tenant['api_key'] as string });
  return { pool, callers };
};
