import { enInspector } from '../i18n/en-inspector.js';
import type { LogEvent } from '../api/types.js';
import { toldEvent, toldRunEvent, took, turnTook } from './told-event.js';

const event = (type: string, data: Record<string, unknown> = {}, occurred_at = '2026-11-22T10:00:00.000Z') =>
  ({
    version: 1,
    type,
    data,
    actor: { type: 'ai', id: 'ai' },
    owner: 'ai',
    owner_epoch: 1,
    occurred_at,
  }) satisfies LogEvent;

describe('an event, told to a person', () => {
  it('says what came of a turn, and what it cost', () => {
    const usage = { input_tokens: 120, output_tokens: 30, cost_usd: '0.0000135' };
    const end = (more: object) =>
      toldEvent(event('conversation.turn_completed', { turn_number: 2, run_id: 'run_1', usage, ...more }));
    expect(end({ status: 'COMPLETED', sink: 'FINISH', reply: { content: 'Yes' } })).toMatchObject({
      words: 'turn_completed_replied',
      kind: 'ai',
      values: { turn_number: 2, content: 'Yes' },
      runId: 'run_1',
      usage,
    });
    expect(end({ status: 'COMPLETED', sink: 'HANDOVER', reply: null }).words).toBe('turn_completed_handover');
    expect(end({ status: 'FAILED', sink: null, reply: null }).words).toBe('turn_completed_failed');
    expect(end({ status: 'CANCELLED', sink: null, reply: null }).words).toBe('turn_completed_cancelled');
  });

  it('names who has it and why', () => {
    expect(toldEvent(event('conversation.handed_over', { reason: 'repetition' }))).toMatchObject({
      kind: 'hands',
      reason: 'repetition',
    });
    expect(
      toldEvent(event('conversation.transferred', { from_agent_id: 'ana', note: 'Yours' })),
    ).toMatchObject({
      agentId: 'ana',
      values: { note: 'Yours' },
    });
  });

  it('is shown by its type where this desk has no words for it, and never breaks on what it holds', () => {
    expect(toldEvent(event('conversation.teleported', { reply: 7, agent_id: {} }))).toMatchObject({
      words: null,
      kind: 'quiet',
      agentId: null,
    });
    expect(toldRunEvent(event('run.teleported')).words).toBeNull();
    expect(toldEvent(event('conversation.message_received', { content: '[erased]' })).values['content']).toBe(
      '[erased]',
    );
    const long = toldEvent(event('conversation.message_received', { content: 'x'.repeat(5000) }));
    expect(String(long.values['content'])).toHaveLength(301);
  });

  it('has words for each event that it knows', () => {
    const { event: words, run_event: runWords } = enInspector.inspector;
    for (const name of Object.keys(words).filter((each) => !each.startsWith('turn_completed_')))
      expect(toldEvent(event(`conversation.${name}`, { reply: null })).words).toBe(name);
    for (const name of Object.keys(runWords).filter((each) => each !== 'tool_failed'))
      expect(toldRunEvent(event(`run.${name}`)).words).toBe(name);
    const failed = toldRunEvent(
      event('run.tool_finished', {
        tool: 'orders.lookup',
        error: { code: 'x', message: 'No' },
        duration_ms: 40,
      }),
    );
    expect(failed).toMatchObject({ words: 'tool_failed', values: { error: 'No', took: '40 ms' } });
  });

  it('counts a turn from the first of its messages', () => {
    const first = event('conversation.message_received', { turn_number: 1 });
    const second = event('conversation.message_received', { turn_number: 1 }, '2026-11-22T10:00:01.000Z');
    const end = event('conversation.turn_completed', { turn_number: 1 }, '2026-11-22T10:00:02.500Z');
    expect(turnTook([first, second, end], end)).toBe(2500);
    expect(turnTook([end], end)).toBeNull();
    expect([took(340), took(2149), took(240_000), took(10_800_000)]).toEqual([
      '340 ms',
      '2.1 s',
      '4 min',
      '3 h',
    ]);
  });
});
