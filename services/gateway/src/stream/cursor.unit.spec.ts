import { epochToken, formatCursor, parseCursor, resumeFrom } from './cursor.js';

const range = { epoch: 'e1', first: 10, last: 50 };

describe('the staff cursor', () => {
  it('reads back what it wrote, whatever the stream calls its life', () => {
    const epoch = epochToken('2026-11-22T10:00:00.123456789Z');
    for (const cursor of [
      { epoch, sequence: 7 },
      { epoch, sequence: 7, delivered: 1 },
    ]) {
      expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    }
  });

  it.each(['', 'x', 'e1-', '-1', 'e1-1-2', 'e1--1', 'e1-1.', "e1-1'; DROP TABLE", 'e1-99999999999999999'])(
    'does not take "%s" for one',
    (text) => expect(parseCursor(text)).toBeUndefined(),
  );

  it('goes on behind the last event, or inside one that was half told', () => {
    expect(resumeFrom({ epoch: 'e1', sequence: 20 }, range)).toEqual({ from: 21, skip: 0 });
    expect(resumeFrom({ epoch: 'e1', sequence: 20, delivered: 1 }, range)).toEqual({ from: 20, skip: 1 });
  });

  it('has nothing to catch up at the end, and loses nothing at the very beginning', () => {
    expect(resumeFrom({ epoch: 'e1', sequence: 50 }, range)).toEqual({ from: 51, skip: 0 });
    expect(resumeFrom({ epoch: 'e1', sequence: 9 }, range)).toEqual({ from: 10, skip: 0 });
    expect(resumeFrom({ epoch: 'e1', sequence: 0 }, { epoch: 'e1', first: 1, last: 0 })).toEqual({
      from: 1,
      skip: 0,
    });
  });

  it.each([
    ['of another life of the stream', { epoch: 'e0', sequence: 20 }],
    ['whose next event is gone', { epoch: 'e1', sequence: 8 }],
    ['of an event that has not happened', { epoch: 'e1', sequence: 51 }],
    ['that is none', undefined],
  ])('has expired where it is one %s', (_what, cursor) => {
    expect(resumeFrom(cursor, range)).toBe('expired');
  });
});
