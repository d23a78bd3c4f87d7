import { type ConversationEventType, conversationEvents, SYSTEM_ACTOR } from '@baton/contracts';

import { evolveStats, type StatsEvent } from './conversation-analytics.projection.js';
import type { ConversationStats } from './conversation-stats.js';

const START = Date.parse('2026-11-22T10:00:00.000Z');

/** An event of a conversation `seconds` after its start, with the contract's example data. */
const at = (
  seconds: number,
  type: ConversationEventType,
  data: Record<string, unknown> = {},
  actor: StatsEvent['metadata']['actor'] = { type: 'api_key', id: 'key_1' },
): Omit<StatsEvent, 'version'> => ({
  type,
  data: { ...(conversationEvents.find((known) => known.type === type)?.example as object), ...data },
  metadata: { actor },
  occurred_at: new Date(START + seconds * 1000).toISOString(),
});

const statsOf = (...events: Omit<StatsEvent, 'version'>[]): ConversationStats =>
  events.reduce<ConversationStats | undefined>(
    (stats, event, index) => evolveStats(stats, 'conv_123', { ...event, version: index + 1 }),
    undefined,
  ) as ConversationStats;

const started = at(0, 'conversation.started');
const asked = (seconds: number) => at(seconds, 'conversation.message_received');
const turnStarted = (seconds: number) => at(seconds, 'conversation.turn_started');
const answered = (seconds: number) => at(seconds, 'conversation.turn_completed');
const unanswered = (seconds: number) =>
  at(seconds, 'conversation.turn_completed', { sink: 'HANDOVER', reply: null });
const toHuman = (seconds: number) =>
  at(seconds, 'conversation.turn_completed', { run_id: null, reply: null });
const handedOver = (seconds: number, reason = 'explicit_request') =>
  at(seconds, 'conversation.handed_over', { reason });
const assigned = (seconds: number, offer_id: string | null = 'offer_1') =>
  at(seconds, 'conversation.assigned', { offer_id });
const humanSaid = (seconds: number) => at(seconds, 'conversation.human_message_sent');
const released = (seconds: number) => at(seconds, 'conversation.released');
const resolved = (seconds: number) => at(seconds, 'conversation.resolved');

describe('a conversation in numbers', () => {
  it('counts a question that the AI answers', () => {
    expect(statsOf(started, asked(0), turnStarted(0.4), answered(2))).toMatchObject({
      version: 4,
      state: 'FINISHED',
      workflow_name: 'customer_support',
      turns: 1,
      customer_messages: 1,
      ai_messages: 1,
      handovers: 0,
      ai_ms: 1600,
      ai_since: null,
      first_response_ms: 2000,
      last_event_at: '2026-11-22T10:00:02.000Z',
    });
  });

  it('counts the wait for a human from the handover, and the time with one', () => {
    const stats = statsOf(
      started,
      asked(0),
      turnStarted(1),
      unanswered(3),
      handedOver(3),
      assigned(33),
      humanSaid(40),
      asked(50),
      toHuman(50),
      humanSaid(60),
      resolved(93),
    );
    expect(stats).toMatchObject({
      state: 'RESOLVED',
      resolved: true,
      handovers: 1,
      handover_reasons: { explicit_request: 1 },
      assignments: 1,
      queue_wait_ms: [30_000],
      human_ms: 60_000,
      human_messages: 2,
      customer_messages: 2,
      turns: 2,
      ai_messages: 0,
      ai_ms: 2000,
      first_response_ms: 40_000,
    });
  });

  it('counts each wait of its own when a human puts the conversation back', () => {
    const stats = statsOf(started, handedOver(0), assigned(10), released(20), assigned(50));
    expect(stats).toMatchObject({ queue_wait_ms: [10_000, 30_000], human_ms: 10_000, assignments: 2 });
    expect(stats.human_since).toBe('2026-11-22T10:00:50.000Z');
  });

  it('counts no wait where a supervisor takes the conversation', () => {
    const stats = statsOf(started, handedOver(5, 'staff'), assigned(5, null));
    expect(stats).toMatchObject({ state: 'HUMAN_ACTIVE', queue_wait_ms: [], assignments: 1 });
  });

  it('counts a wait of no time where an offer was accepted at once', () => {
    expect(statsOf(started, handedOver(5), assigned(5)).queue_wait_ms).toEqual([0]);
  });

  it('does not count a pause for an approval as a handover, but stops the AI clock', () => {
    const stats = statsOf(started, asked(0), turnStarted(0), handedOver(4, 'approval'));
    expect(stats).toMatchObject({
      handovers: 0,
      handover_reasons: { approval: 1 },
      state: 'PENDING_HUMAN',
      ai_ms: 4000,
      ai_since: null,
    });
  });

  it('goes on with the AI clock where a lost attempt is taken over', () => {
    const stats = statsOf(
      started,
      asked(0),
      turnStarted(0),
      at(8, 'conversation.turn_attempt_started'),
      answered(10),
    );
    expect(stats.ai_ms).toBe(10_000);
  });

  it('leaves the AI clock alone when a message to the human completes its turn', () => {
    const stats = statsOf(started, asked(0), turnStarted(0), asked(1), toHuman(1));
    expect(stats).toMatchObject({ ai_since: '2026-11-22T10:00:00.000Z', state: 'AI_PROCESSING' });
  });

  it('counts a conversation that the customer opens again after it was resolved, once each time', () => {
    const stats = statsOf(
      started,
      handedOver(0),
      assigned(1),
      resolved(2),
      asked(100),
      asked(101),
      turnStarted(102),
      answered(103),
    );
    expect(stats).toMatchObject({ reopened: 1, resolved: false, state: 'FINISHED' });
  });

  it('says of an abandoned conversation that nobody resolved it', () => {
    const stats = statsOf(
      started,
      handedOver(0),
      at(1800, 'conversation.resolved', { agent_id: null }, SYSTEM_ACTOR),
    );
    expect(stats).toMatchObject({ state: 'RESOLVED', resolved: false, abandoned: true, queue_wait_ms: [] });
  });

  it('ends the human stretch when the conversation goes back to the AI or the customer would rather not wait', () => {
    expect(
      statsOf(started, handedOver(0), assigned(10), at(40, 'conversation.returned_to_ai')),
    ).toMatchObject({ state: 'BACK_TO_AI', human_ms: 30_000, human_since: null, resolved: false });
    expect(statsOf(started, handedOver(0), at(40, 'conversation.handover_cancelled'))).toMatchObject({
      state: 'BACK_TO_AI',
      waiting_since: null,
      queue_wait_ms: [],
    });
  });

  it('keeps the latest rating', () => {
    const stats = statsOf(
      started,
      at(1, 'conversation.feedback_recorded', { rating: 2 }),
      at(2, 'conversation.feedback_recorded', { rating: 5 }),
    );
    expect(stats.csat_rating).toBe(5);
  });

  it('keeps the counts of an erased conversation and looks at nothing personal', () => {
    const sealed = { $sealed: 'conversation/conv_123.AAAA' };
    const stats = statsOf(
      at(0, 'conversation.started', { customer: sealed, metadata: sealed }),
      at(0, 'conversation.message_received', { content: sealed }),
      turnStarted(0),
      at(2, 'conversation.turn_completed', { reply: sealed, input_text: sealed }),
      at(3, 'conversation.erased'),
    );
    expect(stats).toMatchObject({ erased: true, ai_messages: 1, first_response_ms: 2000 });
    expect(JSON.stringify(stats)).not.toContain('$sealed');
  });

  it('takes any event, in any order, and only moves on where it does not know it', () => {
    const unknown = { ...started, type: 'conversation.something_new' };
    const before = statsOf(started);
    expect(statsOf(started, unknown)).toEqual({ ...before, version: 2 });
    for (const { type } of conversationEvents) expect(statsOf(at(0, type)).version).toBe(1);
  });
});
