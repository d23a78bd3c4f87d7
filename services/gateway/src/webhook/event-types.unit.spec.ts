import { EVENT_DEFINITIONS, type RecordedEvent } from '@baton/contracts';

import { NOTIFYING_TYPES } from '../stream/notification.js';
import { expand, FACTS, factsBehind, namesOf, NOTICES, PUBLIC_STREAMS, typesOf } from './event-types.js';
import { conversationOf, messageOf } from './message.js';

const eventOf = (type: string, data: Record<string, unknown> = {}): RecordedEvent => {
  const definition = EVENT_DEFINITIONS.find((each) => each.type === type);
  return {
    event_id: 'evt_1',
    tenant_id: 'default',
    stream_type: type.slice(0, type.indexOf('.')),
    stream_id: 'stream_1',
    version: 3,
    type,
    schema_version: 1,
    data: { ...(definition?.example as Record<string, unknown>), ...data },
    metadata: { actor: { type: 'system', id: 'baton' }, owner: 'ana', owner_epoch: 2 },
    occurred_at: '2026-11-22T10:00:00.000Z',
  };
};

describe('what a webhook can be subscribed to', () => {
  it('is every fact that is not bookkeeping, by its name in the log', () => {
    for (const type of [
      'conversation.handed_over',
      'queue_item.closed',
      'run.completed',
      'human_agent.updated',
    ])
      expect(typesOf(type)).toEqual([type]);
    for (const type of ['run.step_completed', 'llm_call.recorded', 'memory.fact_recorded', 'nothing', ''])
      expect(typesOf(type)).toEqual([]);
  });

  it('is what staff are told, by the names of their stream', () => {
    expect(NOTICES).toEqual(
      expect.arrayContaining(['offer.created', 'conversation.message', 'queue.changed']),
    );
    expect(NOTICES).not.toContain('cursor.expired');
    expect(NOTICES.filter((type) => FACTS.includes(type))).toEqual([]);
  });

  it('is a pattern: facts, and notices only where no fact has such a name', () => {
    expect(typesOf('*')).toEqual(FACTS);
    expect(typesOf('conversation.*').every((type) => FACTS.includes(type))).toBe(true);
    expect(typesOf('conversation.*')).toContain('conversation.started');
    expect(typesOf('offer.*')).toEqual(['offer.created', 'offer.withdrawn']);
    for (const pattern of ['nothing.*', 'conv*', '*.started', '.*', '**'])
      expect(typesOf(pattern)).toEqual([]);
  });

  it('wants no more of the log than comes to what was asked for', () => {
    expect([...factsBehind(expand(['conversation.erased', 'conversation.started']))]).toEqual([
      'conversation.started',
      'conversation.erased',
    ]);
    expect([...factsBehind(expand(['offer.created']))]).toEqual(NOTIFYING_TYPES);
    expect([...factsBehind(new Set())]).toEqual([]);
  });

  it('comes from streams whose log can be read', () => {
    for (const type of [...FACTS, ...NOTIFYING_TYPES])
      expect(Object.keys(PUBLIC_STREAMS)).toContain(type.slice(0, type.indexOf('.')));
  });

  it('names an event once for each thing that it is, sealed or not', () => {
    expect(namesOf(eventOf('conversation.message_received'))).toEqual([
      'conversation.message_received',
      'conversation.message',
    ]);
    expect(namesOf(eventOf('conversation.assigned'))).toEqual([
      'conversation.assigned',
      'conversation.state',
    ]);
    const sealed = eventOf('conversation.turn_completed', {
      reply: { $sealed: 'x' },
      sink: 'FINISH',
      run_id: 'r',
    });
    expect(namesOf(sealed)).toEqual([
      'conversation.turn_completed',
      'conversation.message',
      'conversation.state',
    ]);
  });
});

describe('the message about an event', () => {
  it('says what it is about by its id, whatever the stream is called', () => {
    expect(
      messageOf(eventOf('conversation.feedback_recorded'), 'conversation.feedback_recorded').data[
        'conversation_id'
      ],
    ).toBe('stream_1');
    expect(messageOf(eventOf('run.completed'), 'run.completed').data['run_id']).toBe('stream_1');
    expect(conversationOf(eventOf('queue_item.closed', { conversation_id: 'c' }))).toBe('c');
    expect(conversationOf(eventOf('human_agent.updated'))).toBeNull();
  });

  it('says of approvals and consultations that they are, and nothing that was planned or said', () => {
    const { data } = messageOf(eventOf('approval.requested'), 'approval.requested');
    expect(data).toMatchObject({ approval_id: 'appr_1', required_role: 'senior', kind: 'tool' });
    const facts = FACTS.filter((each) => /^(approval|consultation)\./.test(each));
    expect(facts.length).toBeGreaterThan(10);
    for (const type of facts) {
      const personal = EVENT_DEFINITIONS.find((each) => each.type === type)?.personal ?? [];
      for (const field of personal) expect(messageOf(eventOf(type), type).data).not.toHaveProperty(field);
    }
    for (const type of ['run.decision_recorded', 'run.consulted']) expect(typesOf(type)).toEqual([]);
  });

  it('can be made of every fact under each of its names', () => {
    for (const type of FACTS) {
      const event = eventOf(type);
      for (const name of namesOf(event)) {
        const message = messageOf(event, name);
        expect(message).toMatchObject({ type: name, event_id: 'evt_1', version: 3, owner: 'ana' });
        expect(Object.keys(message.data).length).toBeGreaterThan(0);
      }
    }
  });
});
