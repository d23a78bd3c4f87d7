import type { Meter } from './limit-rule.js';
import { BUSY_POLL_MS, type Entry, type LimitStore, type Verdict, WINDOW_MS } from './limit-store.js';

interface Count {
  endsAt: number;
  requests: number;
  tokens: number;
  /** Until when each request under way counts. */
  readonly underWay: Map<string, number>;
}

const MOST_METERS = 10_000;

/** Counts in this process alone: exact for one replica, and what holds while Redis is away. */
export class LocalLimitStore implements LimitStore {
  private readonly counts = new Map<string, Count>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  admit(entry: Entry): Promise<Verdict> {
    const now = this.nowMs();
    const counts = entry.meters.map(({ key }) => this.count(key, now));
    for (const [index, meter] of entry.meters.entries()) {
      const waitMs = waitFor(meter, counts[index] as Count, entry.tokens, now);
      if (waitMs > 0) return Promise.resolve({ admitted: false, meter: index, waitMs });
    }
    for (const count of counts) {
      count.requests += 1;
      count.tokens += entry.tokens;
      count.underWay.set(entry.id, now + entry.leaseMs);
    }
    return Promise.resolve({ admitted: true });
  }

  leave(entry: Entry, usedTokens: number): Promise<void> {
    for (const { key } of entry.meters) {
      const count = this.counts.get(key);
      if (!count) continue;
      count.underWay.delete(entry.id);
      count.tokens = Math.max(0, count.tokens + usedTokens - entry.tokens);
    }
    return Promise.resolve();
  }

  private count(key: string, now: number): Count {
    let count = this.counts.get(key);
    if (!count) {
      if (this.counts.size >= MOST_METERS) this.forgetIdle(now);
      count = { endsAt: now + WINDOW_MS, requests: 0, tokens: 0, underWay: new Map() };
      this.counts.set(key, count);
    }
    if (count.endsAt <= now) Object.assign(count, { endsAt: now + WINDOW_MS, requests: 0, tokens: 0 });
    for (const [id, until] of count.underWay) if (until <= now) count.underWay.delete(id);
    return count;
  }

  private forgetIdle(now: number): void {
    for (const [key, count] of this.counts)
      if (count.endsAt <= now && count.underWay.size === 0) this.counts.delete(key);
  }
}

/** 0 where there is room. A call that is larger than a whole minute's tokens has one to itself. */
const waitFor = (meter: Meter, count: Count, tokens: number, now: number): number => {
  if (meter.requests >= 0 && count.requests + 1 > meter.requests) return count.endsAt - now;
  if (meter.tokens >= 0 && count.tokens > 0 && count.tokens + tokens > meter.tokens)
    return count.endsAt - now;
  return meter.concurrency >= 0 && count.underWay.size >= meter.concurrency ? BUSY_POLL_MS : 0;
};
