import { waitFor } from '@baton/testkit';

import { type FuzzedBaton, PROVIDER } from './fuzzed-baton.js';
import { WORKFLOW } from './hints.js';
import { answered } from './patience.js';
import { Pool } from './pool.js';
import type { Caller } from './request.js';

const ROLES = ['supervisor', 'senior', 'agent'] as const;
const AI_TURN_MS = 60_000;
const ARCHIVED = 3;
const APPROVALS = 3;

/** Who may decide on everything. */
export const SENIOR = 'a staff token (senior)';

interface Called {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One of everything, made through the API, so that requests have something to meet. */
export class World {
  readonly pool = new Pool();
  private readonly known: Caller[];
  private ofConversation: Caller = { name: 'a conversation token', token: 'none yet' };

  private constructor(private readonly baton: FuzzedBaton) {
    this.known = [{ name: 'the first key', token: baton.apiKey }];
  }

  static async make(baton: FuzzedBaton): Promise<World> {
    const world = new World(baton);
    await world.begin();
    return world;
  }

  /** The callers, the most powerful first. */
  get callers(): readonly Caller[] {
    return [...this.known, this.ofConversation];
  }

  private async begin(): Promise<void> {
    for (const name of ['customer_support', 'order_management']) this.pool.add('workflow_name', name);
    await this.learn('agents', 'agent_type', 'type');
    await this.learn('tools', 'tool_name', 'name');
    for (const role of ROLES) {
      const agent_id = `fuzz_${role}`;
      await this.call('POST', '/api/v1/human-agents', { agent_id, name: role, role, max_concurrent: 50 });
      const token = await this.tokenOf(`/api/v1/human-agents/${agent_id}/token`);
      this.known.push({ name: `a staff token (${role})`, token });
    }
    const { body: tenant } = await this.call('POST', '/api/v1/tenants', { name: 'Another' });
    this.known.push({ name: 'a key of another tenant', token: tenant['api_key'] as string });
    await this.archive();
    await this.refill(0);
    await waitFor(
      async () => {
        const { body } = await this.call('GET', '/api/v1/offers?agent_id=fuzz_senior');
        return (body['items'] as unknown[]).length > 0;
      },
      { what: 'an offer', timeoutMs: AI_TURN_MS },
    );
  }

  /** What a campaign uses up, anew: the `round`-th of each. */
  async refill(round: number): Promise<void> {
    const id = (what: string): string => `fuzz-${what}-${round}`;
    const workflow_name = round === 0 ? 'fuzzed' : `fuzzed_${round % 3}`;
    const yaml = WORKFLOW(workflow_name, (round % 9) + 1);
    await this.call('PUT', `/api/v1/workflows/${workflow_name}`, yaml, { type: 'application/yaml' });
    this.pool.add('workflow_name', workflow_name);
    for (const role of ROLES)
      await this.call('PUT', `/api/v1/human-agents/fuzz_${role}/presence`, { status: 'ONLINE' });
    for (const what of ['ai', 'waits', 'waits-too', 'human', 'wraps-up', 'erased'])
      await this.call('POST', '/api/v1/hil/message', {
        conversation_id: id(what),
        message: 'Hello',
        sender_type: 'user',
        workflow_name: 'fuzzed',
      });
    await this.call('DELETE', `/api/v1/conversations/${id('erased')}`);
    for (const what of ['waits', 'waits-too', 'human', 'wraps-up'])
      await this.call('POST', `/api/v1/hil/handover/${id(what)}`, {});
    await this.call('POST', `/api/v1/hil/assign/${id('human')}`, { agent_id: 'fuzz_agent' });
    await this.call('POST', `/api/v1/hil/assign/${id('wraps-up')}`, { agent_id: 'fuzz_agent' });
    await this.call('POST', `/api/v1/hil/resolve/${id('wraps-up')}`, { outcome: 'RESOLVED' });
    await this.call('POST', '/api/v1/consultations', { conversation_id: id('wraps-up') });
    const token = await this.tokenOf(`/api/v1/conversations/${id('ai')}/token`);
    this.ofConversation = { ...this.ofConversation, token };
    await this.call('POST', '/api/v1/workflows/execute', { workflow_name: 'fuzzed', input_data: {} });
    const url = 'https://hooks.invalid/baton';
    const webhook = await this.call('POST', '/api/v1/webhooks', { url, event_types: ['conversation.*'] });
    await this.call('POST', `/api/v1/webhooks/${String(webhook.body['webhook_id'])}/test`);
    await this.askForApproval();
    await this.connect();
    await this.call('GET', '/api/v1/audit?limit=20');
    await this.call('POST', '/api/v1/api-keys', { name: 'fuzzed', scopes: ['conversations'] });
  }

  /** Conversations that are over, and their copies. */
  private async archive(): Promise<void> {
    await this.call('PUT', '/api/v1/retention', { action: 'archive' });
    await this.call('PUT', '/api/v1/workflows/fuzzed', WORKFLOW('fuzzed', 1), { type: 'application/yaml' });
    const ids = Array.from({ length: ARCHIVED }, (_, index) => `fuzz-over-${index}`);
    for (const conversation_id of ids)
      await this.call(
        'POST',
        '/api/v1/hil/message',
        { conversation_id, message: 'Hello', sender_type: 'user', workflow_name: 'fuzzed' },
        { prefer: 'wait=60' },
      );
    await this.baton.expire();
    await waitFor(
      async () => {
        const { body } = await this.call('GET', '/api/v1/archive');
        return (body['items'] as unknown[] | undefined)?.length === ARCHIVED;
      },
      { what: 'copies of what is over', timeoutMs: AI_TURN_MS },
    );
    for (const id of ids) this.pool.add('archived_id', id);
  }

  /** Actions that wait for a person's yes, each of which takes one decision. */
  private async askForApproval(): Promise<void> {
    for (let times = 0; times < APPROVALS; times += 1) {
      const args = { order_id: '1001', amount: 0.01 };
      const { body } = await this.call('POST', '/api/v1/tools/orders.refund/execute', { args });
      this.pool.add('pending_approval_id', String(body['approval_id']));
    }
  }

  /** One connection that a person agreed to, and one whose redirect has yet to come. */
  private async connect(): Promise<void> {
    for (const comesBack of [true, false]) {
      const { body } = await this.call('POST', '/api/v1/connections', { provider: PROVIDER });
      const search = await this.baton.consent(String(body['authorize_url']));
      if (comesBack) await this.call('GET', `/api/v1/oauth/callback${search}`);
      else this.pool.add('redirect', search);
    }
  }

  private async learn(list: string, kind: string, field: string): Promise<void> {
    const { body } = await this.call('GET', `/api/v1/${list}?limit=200`);
    for (const item of body['items'] as Record<string, string>[]) this.pool.add(kind, item[field] ?? '');
  }

  private async tokenOf(path: string): Promise<string> {
    return (await this.call('POST', path)).body['token'] as string;
  }

  /** What the campaign did meanwhile may stand in the way; an error of Baton's own is none of that. */
  private async call(
    method: string,
    path: string,
    body?: unknown,
    { type = 'application/json', prefer = '' } = {},
  ): Promise<Called> {
    const request = {
      method,
      headers: {
        authorization: `Bearer ${this.known[0]?.token}`,
        ...(body !== undefined && { 'content-type': type }),
        ...(prefer !== '' && { prefer }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await answered(
      () => fetch(`${this.baton.url}${path}`, request),
      ({ status }) => status,
    );
    const text = await response.text();
    if (response.status >= 500) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
    if (response.ok) this.pool.harvest(answer);
    return { status: response.status, body: answer };
  }
}
