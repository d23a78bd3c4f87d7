import { EVENT_DEFINITIONS, type RecordedEvent } from '@baton/contracts';

import { AUDITED_LOGS, auditedTypes, entryOf } from './audited-events.js';

const recorded = (type: string, data: object, over: object = {}): RecordedEvent => ({
  event_id: 'event_1',
  tenant_id: 'acme',
  stream_type: type.slice(0, type.indexOf('.')),
  stream_id: 'stream_1',
  version: 1,
  type,
  schema_version: 1,
  data: data as RecordedEvent['data'],
  metadata: { actor: { type: 'human_agent', id: 'somebody', role: 'senior' }, ...over },
  occurred_at: '2026-11-22T10:00:00.000Z',
});
const audited = AUDITED_LOGS.flatMap(auditedTypes);

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

describe('the row of an event', () => {
  it('is there for every event of approvals, consultations and connections, and for those with a line of their own', () => {
    for (const { type } of EVENT_DEFINITIONS.filter(({ type }) =>
      /^(approval|consultation|connection)\./.test(type),
    ))
      expect(audited).toContain(type);
    for (const type of [
      'conversation.erased',
      'run.tool_started',
      'queue_item.offer_accepted',
      'memory.forgotten',
    ])
      expect(audited).toContain(type);
    for (const type of ['conversation.message_received', 'run.step_completed', 'queue.estimated'])
      expect(audited).not.toContain(type);
  });

  it('holds nothing of a personal field, even where it is not sealed', () => {
    for (const { type, personal, example } of EVENT_DEFINITIONS.filter(({ type }) =>
      audited.includes(type),
    )) {
      const data = example as Record<string, unknown>;
      // What stands in a field that is open as well is no secret.
      const open = textsIn(Object.entries(data).filter(([name]) => !(personal as string[]).includes(name)));
      const said = personal.flatMap((name) => textsIn(data[name])).filter((text) => !open.includes(text));
      const shown = textsIn({ ...entryOf(recorded(type, data), null), at: null });
      expect({ type, told: said.filter((text) => text !== '' && shown.includes(text)) }).toEqual({
        type,
        told: [],
      });
    }
  });

  it('says who, when, and in which conversation, also of a run that only its key names', () => {
    const data = {
      node_id: 'n',
      call_id: 'c',
      tool: 't',
      result: null,
      error: { $sealed: 'x' },
      duration_ms: 3,
    };
    const entry = entryOf(recorded('run.tool_finished', data, { key_id: 'conversation/conv_7' }), null);
    expect(entry).toMatchObject({
      tenantId: 'acme',
      at: '2026-11-22T10:00:00.000Z',
      actor: { type: 'human_agent', id: 'somebody', role: 'senior' },
      object: { type: 'run', id: 'stream_1' },
      conversationId: 'conv_7',
      outcome: 'FAILED',
      details: { tool: 't', call_id: 'c', node_id: 'n', duration_ms: 3 },
      eventId: 'event_1',
    });
    expect(entryOf(recorded('run.tool_finished', { ...data, error: null }), null)?.outcome).toBe('SUCCEEDED');
  });
});
