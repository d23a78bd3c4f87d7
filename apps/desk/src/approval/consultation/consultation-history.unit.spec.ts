import type { Consultation, ConsultationMessage } from './consultation-api.js';
import { NO_HISTORY, withHeard, withMessage, withRead } from './consultation-history.js';

const message = (n: number, more: Partial<ConsultationMessage> = {}): ConsultationMessage => ({
  message_id: `m${n}`,
  role: 'HUMAN',
  content: `Message ${n}`,
  timestamp: `2026-11-22T10:00:0${n}.000Z`,
  ...more,
});
const read = (...messages: ConsultationMessage[]): Consultation => ({
  consultation_id: 'cons_1',
  agent_name: 'handle',
  status: 'ACTIVE',
  messages,
});

describe('the history of a consultation', () => {
  it('has each message once and in its place, whichever way it came', () => {
    let history = withRead(NO_HISTORY, read(message(1, { role: 'SYSTEM' })));
    history = withHeard(history, { type: 'message', ...message(3) });
    history = withMessage(history, message(2));
    history = withRead(history, read(message(1), message(2), message(3)));
    expect(history.messages.map(({ message_id }) => message_id)).toEqual(['m1', 'm2', 'm3']);
    expect(history.agentName).toBe('handle');
  });

  it('shows what the agent says as it comes, and then the message in its place', () => {
    let history = withHeard(NO_HISTORY, { type: 'delta', message_id: 'm4', content: 'Because ' });
    history = withHeard(history, { type: 'delta', message_id: 'm4', content: 'it' });
    expect([...history.speaking]).toEqual([['m4', 'Because it']]);
    history = withHeard(history, {
      type: 'message',
      ...message(4, { role: 'AGENT', content: 'Because it broke.' }),
    });
    expect([history.speaking.size, history.messages.at(-1)?.content]).toEqual([0, 'Because it broke.']);
    expect(withHeard(history, { type: 'delta', message_id: 'm4', content: 'late' })).toBe(history);
  });

  it('goes by places, takes words back and ends', () => {
    const twins = [message(1, { position: 2 }), message(2, { position: 1, timestamp: message(1).timestamp })];
    expect(withRead(NO_HISTORY, read(...twins)).messages.map(({ message_id }) => message_id)).toEqual([
      'm2',
      'm1',
    ]);
    const speaking = withHeard(NO_HISTORY, { type: 'delta', message_id: 'm4', content: 'Because' });
    expect(withHeard(speaking, { type: 'delta.reset', message_id: 'm4' }).speaking.size).toBe(0);
    expect(withHeard(speaking, { type: 'ended', outcome: 'COMPLETED' })).toMatchObject({
      status: 'COMPLETED',
    });
  });

  it('keeps the proposed plan where the same message comes without it', () => {
    const metadata = { proposed_plan: { request: 'r', steps: [] } };
    const whole = withMessage(NO_HISTORY, message(1, { metadata }));
    expect(withHeard(whole, { type: 'message', ...message(1) }).messages[0]?.metadata).toEqual(metadata);
  });

  it('says why something was refused until something is said', () => {
    const refused = withHeard(NO_HISTORY, { type: 'error', title: 'No', detail: 'It has ended' });
    expect(refused.problem).toBe('It has ended');
    expect(withMessage(refused, message(1)).problem).toBeNull();
  });
});
