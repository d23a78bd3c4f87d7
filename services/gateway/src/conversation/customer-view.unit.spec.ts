import { conversationEvents, type ConversationView, type EventView } from '@baton/contracts';

import { customerConversation, customerEvent, customerMessage, customerTurnRecord } from './customer-view.js';

const event = (type: string, data: Record<string, unknown>): EventView => ({
  version: 7,
  type,
  data,
  actor: { type: 'human_agent', id: 'sue_smith' },
  owner: 'sue_smith',
  owner_epoch: 2,
  occurred_at: '2026-11-22T10:00:00.000Z',
});

describe('what a customer sees of its conversation', () => {
  const view: ConversationView = {
    conversation_id: 'conv_1',
    state: 'HUMAN_ACTIVE',
    is_hil: true,
    hil_reason: 'budget',
    owner: 'sue_smith',
    owner_epoch: 2,
    assigned_agent_id: 'sue_smith',
    handover_context: {
      reason: 'budget',
      note: 'rude customer',
      summary: 's',
      intent: null,
      confidence: null,
      tried: [],
      last_messages: [],
      required_skills: {},
      priority: 'LOW',
    },
    customer: { id: 'cust_9' },
    workflow: { name: 'w', version: 1 },
    version: 9,
    turn_count: 2,
    usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0.1' },
    created_at: '2026-11-22T10:00:00.000Z',
    updated_at: '2026-11-22T10:00:00.000Z',
  };

  it('is its state, and neither the agent, the hand-over context nor the cost', () => {
    const shown = customerConversation(view);
    expect(shown).toMatchObject({ conversation_id: 'conv_1', state: 'HUMAN_ACTIVE', owner: 'human' });
    expect(JSON.stringify(shown)).not.toMatch(/sue_smith|rude|budget|cost_usd/);
    expect(shown).not.toHaveProperty('handover_context');
  });

  it('is told that the AI owns it', () => {
    expect(customerConversation({ ...view, owner: 'ai' }).owner).toBe('ai');
  });

  it('is the messages of both sides under no staff name, and no system message', () => {
    const message = {
      message_id: 'msg_1',
      role: 'human_agent' as const,
      content: 'Hello',
      turn_number: 1,
      owner: 'sue_smith',
      owner_epoch: 2,
      created_at: view.created_at,
    };
    expect(customerMessage(message)).toEqual({ ...message, owner: 'human' });
    expect(customerMessage({ ...message, role: 'system', content: 'Guidance: be nice' })).toBeNull();
    const told = { ...message, message_id: 'notice_1', role: 'system' as const, content: 'You are number 2' };
    expect(customerMessage(told)).toMatchObject({ content: 'You are number 2' });
  });

  it('is its turns without runs and hashes', () => {
    const shown = customerTurnRecord({
      turn_number: 1,
      inputs: [{ turn_id: 't', idempotency_key: 'c:t', user_input_hash: 'h', message_id: 'msg_1' }],
      agent_response_hash: 'h2',
      status: 'COMPLETED',
      run_id: 'run_1',
      attempts: 2,
      timings: { received_at: view.created_at, started_at: null, completed_at: null },
    });
    expect(JSON.stringify(shown)).not.toMatch(/hash|run_1|attempts/);
  });

  it('is no whisper, and nothing of a type it was never shown', () => {
    expect(customerEvent(event('conversation.whispered', { message: 'offer 10 %' }))).toBeNull();
    expect(customerEvent(event('conversation.plan_made', { plan: 'x' }))).toBeNull();
    expect(customerEvent(event('toString', {}))).toBeNull();
  });

  it.each([
    ['conversation.handed_over', { note: 'secret', context: 'secret', routing: 'secret', queue: 'secret' }],
    ['conversation.returned_to_ai', { guidance: 'secret', human_summary: 'secret', agent_id: 'sue_smith' }],
    ['conversation.resolved', { resolution: 'secret', agent_id: 'sue_smith' }],
    ['conversation.released', { note: 'secret', agent_id: 'sue_smith' }],
    ['conversation.transferred', { note: 'secret', to_agent_id: 'sue_smith', from_agent_id: 'sue_smith' }],
    ['conversation.assigned', { agent_id: 'sue_smith', offer_id: 'offer_1' }],
    ['conversation.human_message_sent', { agent_id: 'sue_smith', user_input_hash: 'secret' }],
    ['conversation.turn_completed', { input_text: 'x', usage: 'secret', agent_response_hash: 'secret' }],
  ])('is of %s only that it happened', (type, inner) => {
    const shown = customerEvent(event(type, { handover_id: 'ho_1', ...inner }));
    expect(shown).toMatchObject({ version: 7, type, actor: { type: 'human_agent', id: 'human_agent' } });
    expect(JSON.stringify(shown)).not.toMatch(/secret|sue_smith/);
  });

  it('has a word on every event type there is', () => {
    const undecided = conversationEvents
      .map(({ type }) => type)
      .filter((type) => customerEvent(event(type, {})) === null);
    expect(undecided).toEqual(['conversation.whispered']);
  });
});
