import { type ConversationEventType, conversationEvents, SYSTEM_ACTOR } from '@baton/contracts';

import { evolveStats, type StatsEvent } from './conversation-analytics.projection.js';
import type { ConversationStats } from './conversation-stats.js';
import type { OwnerInterval } from './owner-interval.js';

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

const fold = (
  ...events: Omit<StatsEvent, 'version'>[]
): { readonly stats: ConversationStats; readonly intervals: OwnerInterval[] } => {
  const intervals: OwnerInterval[] = [];
  let stats: ConversationStats | undefined;
  events.forEach((event, index) => {
    const folded = evolveStats(stats, 'conv_123', { ...event, version: index + 1 });
    stats = folded.stats;
    intervals.push(...folded.ended);
  });
  if (!stats) throw new Error('No event');
  return { stats, intervals: [...intervals, ...(stats.owner_interval ? [stats.owner_interval] : [])] };
};
const statsOf = (...events: Omit<StatsEvent, 'version'>[]): ConversationStats => fold(...events).stats;

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

  it('does not count a pause for an approval as a handover or a wait, but stops the AI clock', () => {
    const asking = at(4, 'conversation.turn_paused', { approval_id: 'appr_1' });
    const decided = at(64, 'conversation.handover_cancelled', { cause: 'decided' });
    const { stats, intervals } = fold(
      started,
      asked(0),
      turnStarted(0),
      asking,
      handedOver(4, 'approval'),
      decided,
      at(64, 'conversation.turn_resumed'),
      answered(66),
    );
    expect(stats).toMatchObject({
      handovers: 0,
      handover_reasons: {},
      pauses: { approval: 1 },
      assignments: 0,
      queue_ms: 0,
      queue_wait_ms: [],
      state: 'FINISHED',
      ai_ms: 6000,
      ai_since: null,
    });
    expect(intervals.map(({ owner, ms }) => [owner, ms])).toEqual([
      ['ai', 4000],
      ['pause', 60_000],
      ['ai', 2000],
    ]);
    expect(fold(started, turnStarted(0), handedOver(4, 'consultation')).stats).toMatchObject({
      pauses: { consultation: 1 },
      waiting_since: null,
    });
  });

  it('does not take from the AI a conversation whose pause somebody looks at', () => {
    const stats = statsOf(
      started,
      handedOver(0, 'approval'),
      assigned(10),
      at(40, 'conversation.returned_to_ai'),
    );
    expect(stats).toMatchObject({ assignments: 0, human_ms: 30_000, queue_wait_ms: [] });
  });

  it('says whose it was, one owner after the other', () => {
    const { intervals } = fold(
      started,
      asked(0),
      turnStarted(1),
      unanswered(3),
      handedOver(3),
      assigned(33),
      at(63, 'conversation.transferred', { to_agent_id: null, required_skills: { spanish: 2 } }),
      at(73, 'conversation.assigned', { agent_id: 'ben', offer_id: null }),
      at(93, 'conversation.returned_to_ai'),
    );
    expect(
      intervals.map(({ seq, owner, agent_id, skills, ended_by, ms }) => [
        seq,
        owner,
        agent_id,
        skills,
        ended_by,
        ms,
      ]),
    ).toEqual([
      [1, 'ai', null, [], 'handed_over', 2000],
      [2, 'queue', 'agent_ana', ['billing'], 'assigned', 30_000],
      [3, 'human', 'agent_ana', ['billing'], 'transferred', 30_000],
      [4, 'queue', 'ben', ['spanish'], 'assigned', 10_000],
      [5, 'human', 'ben', ['spanish'], 'returned_to_ai', 20_000],
      [6, 'ai', null, [], null, 0],
    ]);
  });

  it('does not call it opened again when the customer goes on within a day of the answer, but after it', () => {
    const day = 24 * 3600;
    const goesOn = statsOf(started, asked(0), turnStarted(0), answered(1), asked(day));
    expect(goesOn).toMatchObject({ reopened: 0, settled_at: null, was_settled: true, was_durable: false });
    const comesBack = statsOf(started, asked(0), turnStarted(0), answered(1), asked(day + 2));
    expect(comesBack).toMatchObject({ reopened: 1, was_durable: false });
  });

  it('keeps a resolution durable that stood for seven days before the customer came back', () => {
    const week = 7 * 24 * 3600;
    const stats = (seconds: number) =>
      statsOf(started, handedOver(0), assigned(1), resolved(2), asked(seconds));
    expect(stats(week + 1).was_durable).toBe(false);
    expect(stats(week + 2)).toMatchObject({ was_durable: true, reopened: 1, settled_at: null });
  });

  it('does not call a turn settled that ended without an answer', () => {
    const failed = at(1, 'conversation.turn_completed', { status: 'FAILED', sink: null, reply: null });
    expect(statsOf(started, asked(0), turnStarted(0), failed).settled_at).toBeNull();
    expect(statsOf(started, asked(0), turnStarted(0), answered(1)).settled_at).toBe(
      '2026-11-22T10:00:01.000Z',
    );
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
    expect(stats).toMatchObject({ csat_rating: 5, csat_handled_by: 'ai', csat_agent_id: null });
  });

  it('says who had handled a conversation when it was rated', () => {
    const rating = at(3, 'conversation.feedback_recorded', { rating: 4 });
    expect(statsOf(started, handedOver(0), assigned(1), resolved(2), rating)).toMatchObject({
      csat_handled_by: 'human',
      csat_agent_id: 'agent_ana',
    });
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
