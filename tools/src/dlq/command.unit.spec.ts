import { parseCommand, UsageError } from './command.js';
import { details, table, withoutCiphertext } from './render.js';
import type { Letter } from './letter.js';

describe('a dlq command', () => {
  it.each([
    [[], 'What is to be done?'],
    [['purge'], 'There is no command purge'],
    [['show'], 'show takes one id'],
    [['show', 'memory-worker/1', 'memory-worker/2'], 'show takes one id'],
    [['show', 'nobody/1'], 'no id of a dead letter'],
    [['show', 'memory-worker/1; DROP'], 'no id of a dead letter'],
    [['replay'], 'replay takes ids, filters or --all'],
    [['replay', 'bus/3', '--all'], 'either ids or filters'],
    [['drop', '--reason', 'spam'], 'drop takes ids'],
    [['drop', 'orchestrator/1'], 'drop needs a --reason'],
    [['drop', 'orchestrator/1', '--reason', '  '], 'drop needs a --reason'],
    [['replay', 'bus/3', '--wait', 'long'], 'no number of seconds'],
    [['list', '--everything'], '--everything'],
  ])('%j is refused, and says why', (argv, why) => {
    expect(() => parseCommand(argv)).toThrow(UsageError);
    expect(() => parseCommand(argv)).toThrow(why);
  });

  it('is read with its filters, its asker and how long it waits', () => {
    expect(
      parseCommand(['replay', '--consumer', 'c', '--tenant', 't', '--by', 'ana', '--wait', '0']),
    ).toEqual({
      verb: 'replay',
      json: false,
      ids: [],
      filter: { consumer: 'c', tenantId: 't' },
      by: 'ana',
      reason: null,
      waitMs: 0,
    });
    expect(parseCommand(['drop', 'queue-manager-7', 'bus/2', '--reason', 'spam'])).toMatchObject({
      ids: [
        { kept: 'table', service: 'queue-manager', row: '7' },
        { kept: 'bus', sequence: 2 },
      ],
      reason: 'spam',
    });
  });
});

describe('what dlq prints', () => {
  const letter: Letter = {
    id: 'memory-worker/1',
    state: 'open',
    consumer: 'memory-worker-turns',
    tenant_id: 'acme',
    stream_type: 'conversation',
    stream_id: 'c1',
    version: 3,
    type: 'conversation.turn_completed',
    reason: 'internal: \u001b[2Jbad\nthing',
    attempts: 5,
    parked_at: '2026-11-22T10:00:00.000Z',
    waiting: 2,
    asked: null,
    outcome: null,
  };

  it('cannot move the cursor, whatever a reason quotes', () => {
    for (const text of [table([letter]), details(letter, null)]) {
      expect(text).toContain('internal:  [2Jbad thing');
      expect(text).not.toContain('\u001b');
    }
  });

  it('shows no ciphertext', () => {
    expect(withoutCiphertext({ turn_number: 1, input_text: { $sealed: 'conversation/c1.AAAA' } })).toEqual({
      turn_number: 1,
      input_text: '[sealed]',
    });
  });
});
