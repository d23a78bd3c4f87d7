import {
  analyticsRequests,
  type ConversationEventType,
  conversationEvents,
  isBatonError,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { ownContext } from '../llm/llm.client.js';
import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';

/** An event with the contract's example data; the played orchestrator lets a second pass before each. */
const event = (type: ConversationEventType, data: Record<string, unknown> = {}) => ({
  type,
  data: { ...(conversationEvents.find((known) => known.type === type)?.example as object), ...data },
});

describe('analytics', () => {
  let fixture: MemoryWorkerFixture;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    const { orchestrator, router } = fixture;
    // Answered by the AI.
    await orchestrator.begin('acme', 'conv_ai');
    await orchestrator.turn('acme', 'conv_ai', 1, 'A question');
    // Handed over, taken after a second, resolved after three more.
    await orchestrator.begin('acme', 'conv_human');
    await orchestrator.turn('acme', 'conv_human', 1, 'A person, please', null);
    await orchestrator.append('acme', 'conv_human', [
      event('conversation.handed_over'),
      event('conversation.assigned'),
      event('conversation.human_message_sent'),
      event('conversation.feedback_recorded', { rating: 4 }),
    ]);
    await orchestrator.append('acme', 'conv_human', [event('conversation.resolved')], {
      actor: { type: 'human_agent', id: 'agent_ana' },
    });
    // Still waiting.
    await orchestrator.begin('acme', 'conv_waiting');
    await orchestrator.turn('acme', 'conv_waiting', 1, 'Anybody?', null);
    await orchestrator.append('acme', 'conv_waiting', [
      event('conversation.handed_over', { reason: 'failure' }),
    ]);
    await orchestrator.begin('globex', 'conv_ai');
    router.record('acme', 'conv_ai', '0.0000135');
    router.record('acme', 'conv_ai', '0.0000135');
    router.record('acme', 'conv_human', '0.25');
    router.record('acme', null, '9.99');
    router.record('globex', 'conv_ai', '1');
    await fixture.boot({ BATON_HUMAN_COST_PER_HOUR: '36.00' });
    await waitFor(async () => (await conversation('conv_waiting')).state === 'PENDING_HUMAN', {
      what: 'the logs to be read',
    });
    await waitFor(async () => (await summary()).ai_cost_usd !== '0', { what: 'the ledger to be read' });
  });
  afterAll(() => fixture.stop());

  const summary = (
    query: { from?: string; to?: string; group_by?: 'day' | 'workflow' | 'state' } = {},
    tenant = 'acme',
  ) => fixture.bus.request(analyticsRequests.summary, ownContext(tenant), query);
  const conversation = (conversation_id: string, tenant = 'acme') =>
    fixture.bus.request(analyticsRequests.conversation, ownContext(tenant), { conversation_id });

  it('adds up the conversations of a tenant', async () => {
    expect(await summary()).toMatchObject({
      from: null,
      to: null,
      conversations: 3,
      handover_rate: 0.6667,
      containment_rate: 0.3333,
      resolution_rate: 0.6667,
      ai_seconds: 3,
      human_seconds: 3,
      queue_wait_seconds: { p50: 1, p95: 1 },
      first_response_seconds: expect.any(Number),
      ai_cost_usd: '0.250027',
      human_cost_usd: '0.03',
      csat: { average: 4, count: 1 },
      handover_reasons: { explicit_request: 1, failure: 1 },
    });
  });

  it('says the same of one conversation', async () => {
    expect(await conversation('conv_human')).toMatchObject({
      conversation_id: 'conv_human',
      state: 'RESOLVED',
      workflow: 'customer_support',
      conversations: 1,
      handovers: 1,
      turns: 1,
      customer_messages: 1,
      human_messages: 1,
      human_seconds: 3,
      resolved: true,
      ai_cost_usd: '0.25',
      human_cost_usd: '0.03',
      csat: { average: 4, count: 1 },
    });
  });

  it('groups them', async () => {
    const byState = await summary({ group_by: 'state' });
    expect(byState.groups?.map(({ group, conversations }) => [group, conversations])).toEqual([
      ['FINISHED', 1],
      ['PENDING_HUMAN', 1],
      ['RESOLVED', 1],
    ]);
    const [finished] = byState.groups ?? [];
    expect(finished).toMatchObject({ containment_rate: 1, ai_cost_usd: '0.000027', handover_reasons: {} });
    const byDay = await summary({ group_by: 'day' });
    expect(byDay.groups).toHaveLength(1);
    expect(byDay.groups?.[0]).toMatchObject({ group: '2026-11-22', conversations: 3 });
    expect(byDay.groups?.[0]).toMatchObject({ queue_wait_seconds: { p50: 1, p95: 1 }, csat: { count: 1 } });
  });

  it('counts the conversations that began in the range', async () => {
    expect(await summary({ from: '2026-11-23T00:00:00.000Z' })).toMatchObject({
      conversations: 0,
      handover_rate: 0,
      handover_rate_by_reason: {},
      coverage_rate: 0,
      durable_resolution_rate: null,
      reopen_rate: null,
      queue_seconds: 0,
      sla: { met: 0, missed: 0, open: 0, hit_rate: null },
      queue_wait_seconds: { p50: null, p95: null },
      first_response_seconds: null,
      ai_cost_usd: '0',
      human_cost_usd: '0',
      csat: { average: null, count: 0 },
    });
    expect(await summary({ from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' })).toMatchObject(
      { conversations: 3 },
    );
    const refusal = await summary({ from: '2026-11-23T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' }).catch(
      (error: unknown) => error,
    );
    expect(isBatonError(refusal, 'validation-failed')).toBe(true);
  });

  it('keeps tenants apart', async () => {
    expect(await summary({}, 'globex')).toMatchObject({ conversations: 1, ai_cost_usd: '1' });
    await expect(conversation('conv_human', 'globex')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps the counts of an erased conversation, and shows it no more', async () => {
    await fixture.orchestrator.erase('acme', 'conv_ai');
    await waitFor(
      () =>
        conversation('conv_ai').then(
          () => false,
          (error: unknown) => isBatonError(error, 'erased'),
        ),
      { what: 'the erasure to be read' },
    );
    expect(await summary()).toMatchObject({ conversations: 3, ai_cost_usd: '0.250027' });
  });

  it('refuses to answer with more groups than an answer holds, and cuts none off', async () => {
    await fixture.rows(
      `INSERT INTO memory_worker.conversation_analytics (tenant_id, conversation_id, version, state, channel, started_at, last_event_at)
       SELECT 'initech', 'c' || n, 1, 'NEW', 'channel' || n, '2026-11-22', '2026-11-22' FROM generate_series(1, 1001) n`,
    );
    await expect(
      fixture.bus.request(analyticsRequests.summary, ownContext('initech'), { group_by: 'channel' }),
    ).rejects.toMatchObject({ code: 'validation-failed', errors: [{ path: 'group_by' }] });
    const { groups } = await fixture.bus.request(analyticsRequests.summary, ownContext('initech'), {
      group_by: 'day',
    });
    expect(groups?.map(({ conversations }) => conversations)).toEqual([1001]);
  });
});
