import {
  type ConversationEventType,
  conversationEvents,
  type RecordedEvent,
  SYSTEM_ACTOR,
} from '@baton/contracts';

import { AnalyticsProjector } from './analytics.projector.js';
import type { ConversationAnalyticsRepository, TenantStats } from './conversation-analytics.repository.js';
import type { ConversationStats } from './conversation-stats.js';
import type { ModelCallCost } from './model-call.js';

const HISTORY: readonly ConversationEventType[] = [
  'conversation.started',
  'conversation.message_received',
  'conversation.turn_started',
  'conversation.turn_completed',
  'conversation.message_received',
];

const event = (version: number, type = HISTORY[version - 1] as ConversationEventType): RecordedEvent => ({
  event_id: `evt_${version}`,
  tenant_id: 'acme',
  stream_type: 'conversation',
  stream_id: 'conv_1',
  version,
  type,
  schema_version: 1,
  data: conversationEvents.find((known) => known.type === type)?.example as Record<string, unknown>,
  metadata: { actor: SYSTEM_ACTOR },
  occurred_at: new Date(Date.parse('2026-11-22T10:00:00.000Z') + version * 1000).toISOString(),
});

const played = () => {
  const rows = new Map<string, ConversationStats>();
  const reads: number[] = [];
  const costs: ModelCallCost[] = [];
  const repository = {
    stats: () => Promise.resolve(new Map(rows)),
    saveStats: (saved: readonly TenantStats[]) => {
      for (const { tenantId, stats } of saved) rows.set(`${tenantId}/${stats.conversation_id}`, stats);
      return Promise.resolve(true);
    },
    saveCosts: (saved: readonly ModelCallCost[]) => {
      costs.push(...saved);
      return Promise.resolve(true);
    },
  } as unknown as ConversationAnalyticsRepository;
  const projector = new AnalyticsProjector(repository, {
    conversation: (_tenant, _conversation, after) => {
      reads.push(after);
      return Promise.resolve(HISTORY.map((_, index) => event(index + 1)).slice(after));
    },
  });
  const take = (...events: RecordedEvent[]) => projector.takeConversations({ events, next: 'next' }, null);
  return { rows, reads, costs, projector, take, row: () => rows.get('acme/conv_1') };
};

const inOrder = async (): Promise<ConversationStats | undefined> => {
  const { take, row } = played();
  await take(...HISTORY.map((_, index) => event(index + 1)));
  return row();
};

describe('taking a page of conversations in', () => {
  it('folds each in its own order, whatever the order of the page', async () => {
    const { take, row, reads } = played();
    await take(event(2), event(1), event(4), event(3), event(5));
    expect(row()).toEqual(await inOrder());
    expect(reads).toEqual([]);
  });

  it('reads from the conversation itself what an earlier page should have had', async () => {
    const { take, row, reads } = played();
    await take(event(1));
    await take(event(4));
    expect(reads).toEqual([1]);
    expect(row()).toEqual(await inOrder());
  });

  it('takes no event twice', async () => {
    const { take, row } = played();
    await take(event(1), event(2), event(2), event(1));
    await take(event(2), event(3), event(4), event(5));
    expect(row()).toEqual(await inOrder());
  });

  it('adds up what calls cost, by conversation, and leaves out those of none', async () => {
    const { projector, costs } = played();
    const call = (conversation_id: string | null, cost_usd: string): RecordedEvent => ({
      ...event(1),
      stream_type: 'llm_call',
      type: 'llm_call.recorded',
      data: {
        call_id: 'c',
        kind: 'chat',
        model: 'm',
        outcome: 'ok',
        input_tokens: 1,
        output_tokens: 1,
        cost_usd,
        attempts: 1,
        latency_ms: 1,
        conversation_id,
        run_id: null,
        node_id: null,
        workflow: null,
      },
    });
    await projector.takeModelCalls(
      {
        events: [call('conv_1', '0.1'), call(null, '5'), { ...call('conv_1', 'x'), type: 'llm_call.other' }],
        next: '3',
      },
      null,
    );
    expect(costs).toEqual([{ tenant_id: 'acme', conversation_id: 'conv_1', model: 'm', cost_usd: '0.1' }]);
  });
});
