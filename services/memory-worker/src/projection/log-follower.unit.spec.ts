import type { LogPage, RecordedEvent } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { LogFollower, type LogFollowerOptions } from './log-follower.js';

const event = (n: number): RecordedEvent => ({
  event_id: `evt_${n}`,
  tenant_id: 'acme',
  stream_type: 'conversation',
  stream_id: 'conv_1',
  version: n,
  type: 'conversation.erased',
  schema_version: 1,
  data: { conversation_id: 'conv_1' },
  metadata: { actor: { type: 'system', id: 'baton' } },
  occurred_at: '2026-11-22T10:00:00.000Z',
});

/** A log of so many events, a cursor that is theirs to move, and what was taken in. */
const playedLog = (count: number, options: Partial<LogFollowerOptions> = {}) => {
  const log = {
    cursor: null as string | null,
    taken: [] as number[],
    errors: [] as unknown[],
    limits: [] as number[],
  };
  const read = (after: string | null, limit: number): Promise<LogPage> => {
    log.limits.push(limit);
    const from = Number(after ?? 0);
    const to = Math.min(count, from + limit);
    const events = Array.from({ length: to - from }, (_, index) => event(from + index + 1));
    return Promise.resolve({ events, next: events.length === 0 ? after : String(to) });
  };
  const follower = new LogFollower({
    name: 'played',
    cursor: () => Promise.resolve(log.cursor),
    read,
    apply: (page, after) => {
      if (after !== log.cursor) return Promise.resolve(false);
      log.cursor = page.next;
      log.taken.push(...page.events.map((each) => each.version));
      return Promise.resolve(true);
    },
    onError: (error) => log.errors.push(error),
    pollMs: 5,
    retryMs: 5,
    ...options,
  });
  return { log, follower, read };
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('following a log', () => {
  it('takes in everything once, in order, page by page', async () => {
    const { log, follower } = playedLog(1234);
    expect(await follower.catchUp()).toBe(1234);
    expect(log.taken).toEqual(upTo(1234));
  });

  it('goes on from the cursor that is kept', async () => {
    const { log, follower } = playedLog(700);
    log.cursor = '600';
    await follower.catchUp();
    expect(log.taken).toEqual(upTo(700).slice(600));
  });

  it('takes nothing twice where another replica moved the cursor meanwhile', async () => {
    const { log, follower } = playedLog(1000);
    let isFirst = true;
    const other = playedLog(1000, {
      apply: async (page, after) => {
        if (isFirst) {
          isFirst = false;
          await follower.catchUp();
        }
        if (after !== log.cursor) return false;
        log.cursor = page.next;
        log.taken.push(...page.events.map((each) => each.version));
        return true;
      },
      cursor: () => Promise.resolve(log.cursor),
    });
    await other.follower.catchUp();
    expect(log.taken).toEqual(upTo(1000));
  });

  it('asks for less where a page is more than the bus carries, and for more again later', async () => {
    const { log, read } = playedLog(900);
    const { follower, log: own } = playedLog(900, {
      read: async (after, limit) => {
        const page = await read(after, limit);
        // The first hundred events are large.
        if (Number(after ?? 0) < 100 && limit > 40) throw new Error('too much');
        return page;
      },
    });
    follower.start();
    await waitFor(() => own.taken.length === 900, { what: 'all events' });
    await follower.stop();
    expect(own.taken).toEqual(upTo(900));
    expect(own.errors.length).toBeGreaterThan(0);
    expect(Math.min(...log.limits)).toBeLessThanOrEqual(40);
    expect(Math.max(...log.limits.slice(-3))).toBe(500);
  });

  it('says what went wrong and tries again', async () => {
    let isDown = true;
    const { log, read } = playedLog(3);
    const { follower, log: own } = playedLog(3, {
      read: (after, limit) => {
        if (!isDown) return read(after, limit);
        isDown = false;
        return Promise.reject(new Error('down'));
      },
    });
    follower.start();
    await waitFor(() => own.taken.length === 3, { what: 'all events' });
    await follower.stop();
    expect(own.errors).toHaveLength(1);
    expect(log.limits.length).toBeGreaterThan(0);
  });
});
