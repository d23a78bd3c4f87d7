import { BatonError } from '@baton/contracts';
import { jest } from '@jest/globals';
import { pino } from 'pino';

import { loggerParams } from './logging.js';
import { OutageFold } from './outage-fold.js';

const WINDOW_MS = 10_000;

describe('an outage in the log', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is said by the first of its kind, and the rest as one number', () => {
    const more: [string, number][] = [];
    const fold = new OutageFold<string>(WINDOW_MS, (line, count) => more.push([line, count]));
    expect([1, 2, 3].map((n) => fold.admits('a', `a${n}`))).toEqual([true, false, false]);
    expect(fold.admits('b', 'b1')).toBe(true);
    jest.advanceTimersByTime(WINDOW_MS);
    expect(more).toEqual([['a1', 2]]);
    expect(fold.admits('a', 'a4')).toBe(true);
  });

  it('is written as it comes where there are too many kinds to keep apart', () => {
    const fold = new OutageFold<string>(WINDOW_MS, () => undefined);
    for (let kind = 0; kind < 500; kind += 1) fold.admits(`kind ${kind}`, '');
    expect([fold.admits('another', ''), fold.admits('another', '')]).toEqual([true, true]);
  });

  interface Line {
    readonly msg: string;
    readonly level: string;
    readonly more?: number;
  }
  const logTo = (lines: Line[], level: string) =>
    pino(loggerParams('orchestrator', level).pinoHttp as object, {
      write: (text: string) => lines.push(JSON.parse(text) as Line),
    });
  const gone = new BatonError('unavailable', 'PostgreSQL is not reachable');

  it('folds what is not reachable, and nothing else', () => {
    const lines: Line[] = [];
    const log = logTo(lines, 'info');
    for (let n = 0; n < 40; n += 1) log.error({ context: 'Turns', err: gone }, 'A turn failed');
    log.warn({ context: 'Turns', err: gone }, 'A turn failed');
    for (let n = 0; n < 3; n += 1) log.error({ context: 'Turns', err: new Error('a bug') }, 'A turn failed');
    for (let n = 0; n < 3; n += 1) log.info('Fine');
    expect(lines.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      'error A turn failed',
      'warn A turn failed',
      ...Array.from({ length: 3 }, () => 'error A turn failed'),
      ...Array.from({ length: 3 }, () => 'info Fine'),
    ]);
    jest.advanceTimersByTime(WINDOW_MS);
    expect(lines.slice(8)).toMatchObject([
      { level: 'error', more: 39, msg: 'A turn failed, 39 more times: PostgreSQL is not reachable' },
    ]);
  });

  it('is told in full at level debug', () => {
    const lines: Line[] = [];
    const log = logTo(lines, 'debug');
    for (let n = 0; n < 5; n += 1) log.error({ context: 'Turns', err: gone }, 'A turn failed');
    expect(lines).toHaveLength(5);
  });
});
