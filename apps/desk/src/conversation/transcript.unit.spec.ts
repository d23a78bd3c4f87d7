import type { LogEvent } from '../api/types.js';
import { NOTHING, type Transcript, withDelta, withEvents, withoutDelta } from './transcript.js';

const event = (version: number, type: string, data: Record<string, unknown> = {}): LogEvent => ({
  version,
  type: `conversation.${type}`,
  data,
  actor: { type: 'customer', id: 'c' },
  owner: 'ai',
  owner_epoch: 1,
  occurred_at: `2026-11-22T10:00:${String(version).padStart(2, '0')}.000Z`,
});

const STORY: readonly LogEvent[] = [
  event(1, 'started'),
  event(2, 'message_received', { content: 'My speaker crackles', turn_id: 't-1' }),
  event(3, 'turn_started', { turn_number: 1, attempt: 1 }),
  event(4, 'turn_completed', { turn_number: 1, status: 'COMPLETED', reply: { content: 'Install it.' } }),
  event(5, 'handed_over', { reason: 'explicit_request', note: 'asked' }),
  event(6, 'assigned', { agent_id: 'ana' }),
  event(7, 'human_message_sent', { content: 'Hello', agent_id: 'ana', turn_id: 't-2' }),
  event(8, 'whispered', { from: 'sue', message: 'Offer a new one' }),
  event(9, 'returned_to_ai', { agent_id: 'ana', guidance: 'Replace it' }),
];

const kinds = ({ items }: Transcript): string[] =>
  items.map((item) => (item.kind === 'said' ? item.speaker : item.kind === 'mark' ? item.name : item.kind));

describe('the transcript of a log', () => {
  it('tells who said what, and where the conversation changed hands', () => {
    const transcript = withEvents(NOTHING, STORY);
    expect(kinds(transcript)).toEqual([
      'customer',
      'ai',
      'handed_over',
      'assigned',
      'agent',
      'whisper',
      'returned_to_ai',
    ]);
    expect(transcript).toMatchObject({ version: 9, movedAt: 9, isAiWorking: false });
    expect([...transcript.arrived]).toEqual(['t-2']);
  });

  it('is the same however the log came: at once, in pieces, and pieces again', () => {
    const whole = withEvents(NOTHING, STORY);
    for (let cut = 0; cut <= STORY.length; cut += 1) {
      const pieces = withEvents(withEvents(NOTHING, STORY.slice(0, cut)), STORY.slice(Math.max(0, cut - 3)));
      expect(pieces).toEqual(whole);
    }
    expect(withEvents(whole, STORY)).toBe(whole);
  });

  it('shows what the AI is saying until its own event, and not a word of an earlier attempt', () => {
    const started = withEvents(NOTHING, STORY.slice(0, 3));
    expect(started.isAiWorking).toBe(true);
    const first = withDelta(started, { turn_number: 1, attempt: 1, content: 'Wro' });
    const second = withDelta(withDelta(first, { turn_number: 1, attempt: 2, content: 'Ins' }), {
      turn_number: 1,
      attempt: 2,
      content: 'tall',
    });
    expect(second.provisional?.text).toBe('Install');
    expect(withoutDelta(second).provisional).toBeNull();
    const ended = withEvents(second, STORY.slice(3, 4));
    expect(ended).toMatchObject({ provisional: null, isAiWorking: false });
  });

  it('says what Baton told the customer, and why a conversation went back on its own', () => {
    const transcript = withEvents(NOTHING, [
      event(1, 'released', { agent_id: 'ana', note: null, cause: 'silent' }),
      event(2, 'released', { agent_id: 'tom', note: 'My shift ends' }),
      event(3, 'handover_cancelled', { cause: 'callback' }),
      event(4, 'notice_sent', { kind: 'callback_promised', content: 'Somebody will write to you.' }),
    ]);
    expect(transcript.items).toMatchObject([
      { name: 'released', agentId: 'ana', cause: 'silent', note: null },
      { name: 'released', agentId: 'tom', cause: null, note: 'My shift ends' },
      { name: 'handover_cancelled', cause: 'callback' },
      { name: 'notice', note: 'Somebody will write to you.' },
    ]);
    // A notice is said; who has the conversation is the same.
    expect(transcript.movedAt).toBe(3);
  });

  it('stands still while people decide, and works again when the turn goes on', () => {
    const story = [
      event(1, 'turn_started', { turn_number: 1 }),
      event(2, 'turn_paused', { turn_number: 1 }),
      event(3, 'handover_cancelled', { cause: 'decided' }),
      event(4, 'turn_resumed', { turn_number: 1 }),
    ];
    const working = story.map((_, at) => withEvents(NOTHING, story.slice(0, at + 1)).isAiWorking);
    expect(working).toEqual([true, false, false, true]);
    expect(withEvents(NOTHING, story).items).toMatchObject([
      { name: 'handover_cancelled', cause: 'decided' },
    ]);
  });

  it('says that a turn failed, that words were erased, and skips what it does not know', () => {
    const transcript = withEvents(NOTHING, [
      event(1, 'turn_completed', { status: 'FAILED', reply: null }),
      event(2, 'turn_completed', { status: 'COMPLETED', reply: '[erased]' }),
      event(3, 'something_of_tomorrow', { content: 'x' }),
      event(4, 'message_received', { content: 7 }),
    ]);
    expect(kinds(transcript)).toEqual(['turn_failed', 'ai', 'customer']);
    expect(transcript.movedAt).toBe(3);
  });
});
