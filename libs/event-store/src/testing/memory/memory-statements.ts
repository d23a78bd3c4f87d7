import { PARTITIONS } from '@baton/contracts';

import { type MemoryEvent, type Part, SqlError } from './memory-rows.js';
import type { MemoryLog, OpenTransaction } from './memory-log.js';

export type Row = Record<string, unknown>;
export type Statement = (params: readonly unknown[]) => Row[];

interface Failure {
  version: number;
  attempts: number;
  reason: string;
  parked: boolean;
}
export interface MemoryDeadLetter {
  readonly tenant: string;
  readonly consumer: string;
  readonly streamType: string;
  readonly streamId: string;
  readonly version: number;
  readonly reason: string;
}

const LEASE_MS = 5000;
const CLAIM_MS = 30_000;
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/i;
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/** What event-store's own classes ask of PostgreSQL, answered from a {@link MemoryLog}: found by the text of the statement. */
export class MemoryStatements {
  readonly deadLetters: MemoryDeadLetter[] = [];
  private readonly failures = new Map<string, Failure>();
  private readonly watermarks = new Map<string, string>();
  private readonly relayMembers = new Map<string, number>();
  private readonly relayLeases = Array.from({ length: PARTITIONS }, () => ({ holder: '', expiresAt: 0 }));
  private claims = 0;
  private opened: OpenTransaction | undefined;

  constructor(private readonly log: MemoryLog) {}

  /** The next `commit_batch` commits as the transaction that was opened then. */
  commitAs(opened: OpenTransaction): void {
    this.opened = opened;
  }

  readonly known: readonly (readonly [RegExp, Statement])[] = [
    [/\.commit_batch\(\$1::jsonb\)/, ([batch]) => [{ commit_batch: this.commitBatch(batch as string) }]],
    [/\.load_streams\(/, ([batch]) => [{ load_streams: this.loadStreams(batch as string) }]],
    [/\.read_stream\(/, (params) => this.readStream(params)],
    [/\(xid, global_position\) >/, (params) => this.readLog(params)],
    [/SELECT global_position FROM \w+\.outbox/, (params) => this.outboxPage(params)],
    [/DELETE FROM \w+\.outbox/, ([positions]) => this.deleteOutbox(positions as readonly number[])],
    [/\.relay_tick\(/, ([holder]) => [{ relay_tick: this.relayTick(holder as string) }]],
    [/UPDATE \w+\.relay_leases SET holder = NULL/, ([holder]) => this.releaseRelay(holder as string)],
    [/DELETE FROM \w+\.relay_members/, ([holder]) => this.leaveRelay(holder as string)],
    [/VALUES \(\$1, 'relay'/, (params) => this.parkOfRelay(params)],
    [/SELECT coalesce\(\(SELECT version FROM \w+\.inbox/, (params) => [this.position(params)]],
    [/FROM \w+\.inbox i\s+JOIN unnest/, (params) => this.behind(params)],
    [/INSERT INTO \w+\.handler_failures/, (params) => [{ attempts: this.countFailure(params) }]],
    [/WITH parked AS/, (params) => this.park(params)],
    [/FROM \w+\.dead_letters\s+WHERE consumer = \$1 AND asked/, () => []],
    [/UPDATE \w+\.dead_letters SET settled_at/, () => []],
    [/SELECT cursor FROM \w+\.watermarks/, ([consumer]) => this.watermark(consumer as string)],
    [/INSERT INTO \w+\.watermarks/, ([consumer, cursor]) => this.saveWatermark(consumer, cursor)],
    [/UPDATE \w+\.timers t SET claimed_until/, (params) => this.claimTimers(params)],
    [/AS ms\s+FROM \w+\.timers/, () => [{ ms: this.untilNextTimer() }]],
    [/DELETE FROM \w+\.timers WHERE/, (params) => this.endTimer(params)],
    [/UPDATE \w+\.timers SET attempts/, (params) => this.failTimer(params)],
    [/SELECT wrapped FROM \w+\.data_keys/, ([tenant, keyId]) => this.dataKey(tenant, keyId)],
    [/SELECT \(extract\(epoch FROM clock_timestamp\(\)\)/, () => [{ ms: this.log.nowMs() }]],
  ];

  private commitBatch(batch: string) {
    refuseText(batch);
    const { opened } = this;
    this.opened = undefined;
    return this.log.commitBatch(JSON.parse(batch) as Part[], opened);
  }

  private loadStreams(batch: string) {
    const parts = JSON.parse(batch) as {
      tenant: string;
      streams: { stream_type: string; stream_id: string; key_id: string | null }[];
    }[];
    return parts.flatMap(({ tenant, streams }) =>
      streams.map(({ stream_type, stream_id, key_id }) => {
        const snapshot = this.log.snapshots.get(`${tenant}/${stream_type}/${stream_id}`) ?? null;
        const wrapped = this.log.dataKeys.get(`${tenant}/${key_id}`);
        return {
          snapshot,
          key: wrapped === undefined ? null : { wrapped },
          events: this.log.stream(tenant, stream_type, stream_id).slice(snapshot?.version ?? 0),
        };
      }),
    );
  }

  private readStream([tenant, type, id, after, types, limit]: readonly unknown[]): Row[] {
    const wanted = types as readonly string[] | null;
    return rowsOf(
      this.log
        .stream(tenant as string, type as string, id as string)
        .filter((event) => event.version > (after as number) && (!wanted || wanted.includes(event.type)))
        .slice(0, limit as number),
    );
  }

  private readLog([xid, position, streamTypes, limit, types]: readonly unknown[]): Row[] {
    const { log, xmin } = this.log;
    const wanted = types as readonly string[] | null;
    const open = String(xmin);
    const found: Row[] = [];
    for (let at = firstBehind(log, Number(xid), Number(position)); at < log.length; at += 1) {
      const event = log[at] as MemoryEvent;
      if (event.xid >= xmin || found.length === (limit as number)) break;
      if (!(streamTypes as readonly string[]).includes(event.stream_type)) continue;
      if (!wanted || wanted.includes(event.type)) found.push({ ...event, open });
    }
    return found.length > 0 ? found : [{ event_id: null, open }];
  }

  private outboxPage([partitions, limit]: readonly unknown[]): Row[] {
    const mine = new Set(partitions as readonly number[]);
    const positions = [...this.log.outbox]
      .filter(([, partition]) => mine.has(partition))
      .map(([position]) => position)
      .sort((a, b) => a - b)
      .slice(0, limit as number);
    return rowsOf(positions.map((position) => this.log.byPosition.get(position) as MemoryEvent));
  }

  private deleteOutbox(positions: readonly number[]): Row[] {
    for (const position of positions) this.log.outbox.delete(position);
    return [];
  }

  private relayTick(holder: string): number[] {
    const now = this.log.nowMs();
    this.relayMembers.set(holder, now);
    for (const [member, seenAt] of this.relayMembers)
      if (seenAt < now - LEASE_MS) this.relayMembers.delete(member);
    const share = Math.ceil(PARTITIONS / Math.max(1, this.relayMembers.size));
    const mine = this.relayLeases.filter((lease) => lease.holder === holder);
    for (const lease of mine) lease.expiresAt = now + LEASE_MS;
    for (const lease of mine.slice(share)) Object.assign(lease, { holder: '', expiresAt: 0 });
    const free = this.relayLeases.filter((lease) => lease.holder === '' || lease.expiresAt < now);
    for (const lease of free.slice(0, Math.max(0, share - mine.length)))
      Object.assign(lease, { holder, expiresAt: now + LEASE_MS });
    return this.relayLeases.flatMap((lease, partition) => (lease.holder === holder ? [partition] : []));
  }

  private releaseRelay(holder: string): Row[] {
    for (const lease of this.relayLeases)
      if (lease.holder === holder) Object.assign(lease, { holder: '', expiresAt: 0 });
    return [];
  }

  private leaveRelay(holder: string): Row[] {
    this.relayMembers.delete(holder);
    return [];
  }

  private parkOfRelay([tenant, type, id, version, , reason]: readonly unknown[]): Row[] {
    return this.bury(['relay', tenant, type, id, version, reason]);
  }

  private position([tenant, consumer, type, id]: readonly unknown[]): Row {
    const version = this.log.inboxVersion(tenant as string, {
      consumer: consumer as string,
      stream_type: type as string,
      stream_id: id as string,
    });
    return { version, parked: this.failures.get(failureKey(tenant, consumer, type, id))?.parked ?? false };
  }

  private behind([consumer, tenants, types, ids]: readonly unknown[]): Row[] {
    return (tenants as readonly string[]).flatMap((tenant_id, at) => {
      const stream_type = (types as readonly string[])[at] as string;
      const stream_id = (ids as readonly string[])[at] as string;
      const { version, parked } = this.position([tenant_id, consumer, stream_type, stream_id]);
      return [{ tenant_id, stream_type, stream_id, version: parked ? Number.MAX_SAFE_INTEGER : version }];
    });
  }

  private countFailure([tenant, consumer, type, id, version, reason]: readonly unknown[]): number {
    const key = failureKey(tenant, consumer, type, id);
    const known = this.failures.get(key);
    const attempts = known && known.version === version ? known.attempts + 1 : 1;
    this.failures.set(key, {
      version: version as number,
      attempts,
      reason: reason as string,
      parked: known?.parked ?? false,
    });
    return attempts;
  }

  private park([tenant, consumer, type, id, version, , reason]: readonly unknown[]): Row[] {
    const failure = this.failures.get(failureKey(tenant, consumer, type, id));
    if (!failure || failure.parked) return [];
    failure.parked = true;
    return this.bury([consumer, tenant, type, id, version, reason]);
  }

  private bury([consumer, tenant, streamType, streamId, version, reason]: readonly unknown[]): Row[] {
    this.deadLetters.push({ consumer, tenant, streamType, streamId, version, reason } as MemoryDeadLetter);
    return [];
  }

  private watermark(consumer: string): Row[] {
    const cursor = this.watermarks.get(consumer);
    return cursor === undefined ? [] : [{ cursor }];
  }

  private saveWatermark(consumer: unknown, cursor: unknown): Row[] {
    this.watermarks.set(consumer as string, cursor as string);
    return [];
  }

  private claimTimers([kinds, limit]: readonly unknown[]): Row[] {
    const now = this.log.nowMs();
    const due = [...this.log.timers]
      .filter(
        ([, timer]) =>
          timer.dueAt <= now &&
          (kinds as readonly string[]).includes(timer.kind) &&
          (timer.claimedUntil === null || timer.claimedUntil < now),
      )
      .sort(([, a], [, b]) => a.dueAt - b.dueAt)
      .slice(0, limit as number);
    return due.map(([key, timer]) => {
      // PostgreSQL counts in microseconds: no two claims are the same.
      this.claims += 1;
      const claimedUntil = now + CLAIM_MS + (this.claims % 1000) / 1000;
      this.log.timers.set(key, { ...timer, claimedUntil });
      return {
        tenant_id: timer.tenant,
        timer_id: timer.timerId,
        kind: timer.kind,
        payload: timer.payload,
        due_at: new Date(timer.dueAt),
        claim: String(claimedUntil),
      };
    });
  }

  private untilNextTimer(): number | null {
    const now = this.log.nowMs();
    let next: number | null = null;
    for (const { dueAt, claimedUntil } of this.log.timers.values()) {
      if (dueAt >= now + 2000) continue;
      const at = Math.max(dueAt, claimedUntil ?? dueAt) - now;
      next = next === null ? at : Math.min(next, at);
    }
    return next;
  }

  private endTimer([tenant, timerId, claim]: readonly unknown[]): Row[] {
    const key = `${String(tenant)}/${String(timerId)}`;
    if (String(this.log.timers.get(key)?.claimedUntil) === claim) this.log.timers.delete(key);
    return [];
  }

  private failTimer([tenant, timerId, claim]: readonly unknown[]): Row[] {
    const key = `${String(tenant)}/${String(timerId)}`;
    const timer = this.log.timers.get(key);
    if (timer && String(timer.claimedUntil) === claim) {
      const wait = Math.min(60, 2 ** Math.min(timer.attempts, 6)) * Math.random() * 1000;
      this.log.timers.set(key, {
        ...timer,
        attempts: timer.attempts + 1,
        claimedUntil: this.log.nowMs() + wait,
      });
    }
    return [];
  }

  private dataKey(tenant: unknown, keyId: unknown): Row[] {
    const wrapped = this.log.dataKeys.get(`${String(tenant)}/${String(keyId)}`);
    return wrapped === undefined ? [] : [{ wrapped }];
  }
}

/** What jsonb does not take; PostgreSQL stumbles over whichever comes first. */
const refuseText = (json: string): void => {
  const nul = NUL.exec(json)?.index ?? Infinity;
  const lone = LONE_SURROGATE.exec(json)?.index ?? Infinity;
  if (nul < lone) throw new SqlError('22P05', 'unsupported Unicode escape sequence');
  if (lone < nul) throw new SqlError('22P02', 'invalid input syntax for type json');
};

const rowsOf = (events: readonly MemoryEvent[]): Row[] => events as unknown as Row[];

const failureKey = (...parts: readonly unknown[]): string => parts.join('/');

const firstBehind = (log: readonly MemoryEvent[], xid: number, position: number): number => {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const event = log[middle] as MemoryEvent;
    if (event.xid < xid || (event.xid === xid && event.global_position <= position)) low = middle + 1;
    else high = middle;
  }
  return low;
};
