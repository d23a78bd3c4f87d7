import { EVENT_DEFINITIONS, type RecordedEvent } from '@baton/contracts';

import { mayHear, toNotifications } from './notification.js';

const event = (type: string, data: Record<string, unknown> = {}, owner = 'ai'): RecordedEvent => {
  const definition = EVENT_DEFINITIONS.find((known) => known.type === type);
  const [stream_type = ''] = type.split('.');
  return {
    event_id: 'e',
    tenant_id: 'default',
    stream_type,
    stream_id: stream_type === 'conversation' ? 'conv_123' : 'ho_1',
    version: 4,
    type,
    schema_version: 1,
    data: { ...(definition?.example as Record<string, unknown> | undefined), ...data },
    metadata: { actor: { type: 'system', id: 'baton' }, owner, owner_epoch: 2 },
    occurred_at: '2026-11-22T10:00:00.000Z',
  };
};

const viewer = (agentId: string | null, isSupervising = false) => ({
  tenantId: 'default',
  agentId,
  isSupervising,
});

describe('what staff are told', () => {
  it('is an offer with what the human needs, told to the offered agent and supervisors', () => {
    const [offer, ...rest] = toNotifications(
      event('queue_item.offer_created', { handover_context: { reason: 'failure' } }),
    );
    expect(rest).toEqual([]);
    expect(offer).toMatchObject({
      type: 'offer.created',
      data: {
        offer_id: 'offer_1',
        conversation_id: 'conv_123',
        handover_context: { reason: 'failure' },
        created_at: '2026-11-22T10:00:00.000Z',
        expires_at: '2026-11-22T10:00:30.000Z',
      },
    });
    expect(mayHear(offer!, viewer('agent_ana'))).toBe(true);
    expect(mayHear(offer!, viewer('agent_bob'))).toBe(false);
    expect(mayHear(offer!, viewer('agent_sue', true))).toBe(true);
    expect(mayHear(offer!, viewer(null, true))).toBe(true);
  });

  it.each([
    ['queue_item.offer_declined', 'declined'],
    ['queue_item.offer_timed_out', 'timed_out'],
    ['queue_item.offer_withdrawn', 'taken'],
  ])('is that an offer is gone, by %s', (type, cause) => {
    expect(toNotifications(event(type))).toEqual([
      expect.objectContaining({
        type: 'offer.withdrawn',
        data: expect.objectContaining({ offer_id: 'offer_1', agent_id: 'agent_ana', cause }),
        audience: ['agent_ana'],
      }),
    ]);
  });

  it('is both the assignment and the state it leads to, in one event', () => {
    const told = toNotifications(event('conversation.assigned', {}, 'agent_ana'));
    expect(told.map(({ type }) => type)).toEqual(['conversation.assigned', 'conversation.state']);
    expect(told[1]?.data).toMatchObject({
      state: 'HUMAN_ACTIVE',
      conversation_id: 'conv_123',
      owner_epoch: 2,
    });
    expect(mayHear(told[0]!, viewer('agent_ana'))).toBe(true);
    expect(mayHear(told[0]!, viewer('agent_bob'))).toBe(false);
  });

  it('is a message, to its owner and supervisors', () => {
    const [message] = toNotifications(event('conversation.message_received', {}, 'agent_ana'));
    expect(message).toMatchObject({
      type: 'conversation.message',
      data: {
        role: 'user',
        content: 'I need help with a complex return',
        message_id: 'msg_1',
        turn_number: 1,
      },
      audience: ['agent_ana'],
    });
  });

  it('is nothing to an agent about a conversation that the AI has', () => {
    const [message] = toNotifications(event('conversation.message_received'));
    expect(mayHear(message!, viewer('ai'))).toBe(false);
    expect(mayHear(message!, viewer('agent_ana'))).toBe(false);
    expect(mayHear(message!, viewer('agent_sue', true))).toBe(true);
  });

  it("is the AI's reply and that it has finished", () => {
    expect(
      toNotifications(event('conversation.turn_completed')).map(({ type, data }) => [
        type,
        data['content'] ?? data['state'],
      ]),
    ).toEqual([
      ['conversation.message', 'You can return it within 30 days.'],
      ['conversation.state', 'FINISHED'],
    ]);
  });

  it('is no new state where a turn hands over, or a human has it', () => {
    expect(toNotifications(event('conversation.turn_completed', { sink: 'HANDOVER', reply: null }))).toEqual(
      [],
    );
    expect(
      toNotifications(event('conversation.turn_completed', { run_id: null, sink: null, reply: null })),
    ).toEqual([]);
  });

  it('is a whisper, to the agent it is for', () => {
    const [whisper] = toNotifications(event('conversation.whispered', {}, 'agent_ana'));
    expect(whisper?.data).toMatchObject({ whisper: true, content: 'Offer the discount', role: 'system' });
    expect(whisper?.audience).toEqual(['agent_ana']);
  });

  it('is to the agent who loses a conversation that it is gone', () => {
    for (const type of ['released', 'transferred', 'resolved', 'returned_to_ai'])
      expect(toNotifications(event(`conversation.${type}`))[0]?.audience).toContain('agent_ana');
  });

  it('is of the queue, of presence and of a broken promise to all staff', () => {
    for (const [type, told] of [
      ['queue_item.enqueued', 'queue.changed'],
      ['queue_item.assigned', 'queue.changed'],
      ['queue_item.requeued', 'queue.changed'],
      ['queue_item.relaxed', 'queue.changed'],
      ['queue_item.rerouted', 'queue.changed'],
      ['queue_item.sla_warned', 'queue.changed'],
      ['queue_item.closed', 'queue.changed'],
      ['queue_item.sla_breached', 'sla.breached'],
      ['human_agent.presence_changed', 'presence.changed'],
    ] as const) {
      const [notification] = toNotifications(event(type));
      expect(notification).toMatchObject({ type: told, audience: 'all' });
      expect(mayHear(notification!, viewer('agent_bob'))).toBe(true);
    }
  });

  it('keeps the sealed context of a queued conversation out of what all staff hear', () => {
    expect(toNotifications(event('queue_item.enqueued'))[0]?.data).not.toHaveProperty('handover_context');
  });

  it('is of what is to be decided to all staff, without the plan and without what was said', () => {
    const [asked] = toNotifications(event('approval.requested'));
    expect(asked).toMatchObject({
      type: 'approval.requested',
      audience: 'all',
      data: {
        approval_id: 'ho_1',
        conversation_id: 'conv_123',
        risk_tier: 'CRITICAL',
        required_role: 'senior',
        approvals_needed: 2,
      },
    });
    const [decided] = toNotifications(event('approval.decided'));
    expect(decided?.data).toMatchObject({
      decision: 'APPROVE',
      status: 'APPROVED',
      decided_by: { agent_id: 'lena', role: 'senior' },
    });
    for (const { type, personal } of EVENT_DEFINITIONS.filter((each) => each.type.startsWith('approval.'))) {
      const [told] = toNotifications(event(type));
      expect(told).toMatchObject({ type, audience: 'all' });
      for (const field of personal) expect(told?.data).not.toHaveProperty(field);
    }
    expect(toNotifications(event('approval.failed'))[0]?.data).toMatchObject({ code: 'unsettled' });
    expect(toNotifications(event('approval.requested', { risk_assessment: '[erased]' }))).toHaveLength(1);
    expect(toNotifications(event('conversation.turn_resumed'))[0]?.data['state']).toBe('AI_PROCESSING');
  });

  it('is nothing of an event nobody decided about', () => {
    expect(toNotifications(event('conversation.something_new'))).toEqual([]);
    expect(toNotifications(event('toString'))).toEqual([]);
    expect(toNotifications(event('conversation.erased'))).toEqual([]);
  });

  it('says what was erased as such', () => {
    expect(
      toNotifications(event('conversation.turn_completed', { reply: '[erased]' }))[0]?.data['content'],
    ).toBe('[erased]');
  });

  it('never fails on any event there is', () => {
    for (const { type } of EVENT_DEFINITIONS) expect(() => toNotifications(event(type))).not.toThrow();
  });
});
