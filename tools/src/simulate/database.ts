import { BatonError, type RecordedEvent } from '@baton/contracts';
import { type MemoryDatabase, type Part, SqlError } from '@baton/event-store/testing';

import type { FaultPlan } from './faults.js';
import type { Kernel, Process } from './kernel.js';

type Row = Record<string, unknown>;

/** Shorter than a worker tries to commit the end of a turn: it looks again, and finds another at its turn. */
const STALL_AT_TURN_END_MS = [3000, 9800] as const;
const IS_COMMIT = /\.commit_batch\(/;

/** One process's connections to the database of its service: what services call `Database`. */
export class SimulatedDatabase {
  readonly schema: string;
  readonly pool = { totalCount: 0, idleCount: 0, waitingCount: 0 };

  constructor(
    private readonly kernel: Kernel,
    private readonly faults: FaultPlan,
    private readonly process: Process,
    private readonly memory: MemoryDatabase,
    /** What a build that publishes too early publishes. */
    private readonly publishEarly: ((events: readonly RecordedEvent[]) => void) | undefined,
    /** Redis loses what is held. */
    private readonly loseLeases: () => void,
    /** Told of every event that this process asks to write, written or not. */
    private readonly asked: (events: readonly RecordedEvent[]) => void,
  ) {
    this.schema = memory.schema;
  }

  hot<R extends object>(sql: string, params: readonly unknown[]): Promise<R[]> {
    return this.ask(sql, params) as Promise<R[]>;
  }

  system<R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return this.ask(sql, params) as Promise<R[]>;
  }

  tenant<T>(
    _tenantId: string,
    work: (query: {
      query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>;
    }) => Promise<T>,
  ): Promise<T> {
    return work({ query: (sql, params = []) => this.hot(sql, params) });
  }

  private ask(sql: string, params: readonly unknown[]): Promise<Row[]> {
    const { kernel, faults, process } = this;
    if (isOfTurns(sql, params)) this.asked(eventsIn(params[0] as string));
    if (!endsTurn(sql, params) || !faults.strikes('stall-at-turn-end')) return this.send(sql, params);
    process.stalledUntil = kernel.nowMs + kernel.random.between(...STALL_AT_TURN_END_MS);
    kernel.after(kernel.random.between(0, 2000), null, this.loseLeases);
    return new Promise((resolve, reject) =>
      kernel.after(0, process, () => void this.send(sql, params).then(resolve, reject)),
    );
  }

  /** The server does it even if whoever asked dies meanwhile; the answer then finds nobody. */
  private send(sql: string, params: readonly unknown[]): Promise<Row[]> {
    const { kernel, faults, process } = this;
    const isCommit = IS_COMMIT.test(sql);
    return new Promise((resolve, reject) => {
      const reply = (ms: number, settle: () => void): void => void kernel.after(ms, process, settle);
      const gone = (): void => reject(new BatonError('unavailable', 'The connection to PostgreSQL was lost'));
      if (faults.strikes('statement-refused')) return reply(this.latency(), gone);
      if (isCommit && this.publishEarly) this.publishEarly(eventsIn(params[0] as string));
      const opened =
        endsTurn(sql, params) && faults.strikes('late-commit') ? this.memory.log.begin() : undefined;
      const execute = (): void => {
        let rows: Row[];
        try {
          if (endsTurn(sql, params) && faults.strikes('race'))
            throw new SqlError('23505', 'somebody was quicker');
          if (opened) this.memory.statements.commitAs(opened);
          rows = this.memory.execute(sql, params);
        } catch (error) {
          if (opened) this.memory.log.abandon(opened);
          if (!(error instanceof SqlError)) kernel.fail(error);
          return reply(this.latency(), () =>
            reject(error instanceof Error ? error : new Error(String(error))),
          );
        }
        if (faults.strikes('answer-lost')) reply(this.latency() * 10, gone);
        else reply(this.latency(), () => resolve(rows));
      };
      kernel.after(opened ? kernel.random.between(5, 800) : this.latency(), null, execute);
    });
  }

  private latency(): number {
    if (this.faults.strikes('slow-statement')) return this.kernel.random.between(50, 4000);
    return 0.1 + this.kernel.random.next();
  }
}

const isOfTurns = (sql: string, [batch]: readonly unknown[]): boolean =>
  IS_COMMIT.test(sql) && (batch as string).includes('"conversation.turn_');

const endsTurn = (sql: string, [batch]: readonly unknown[]): boolean =>
  IS_COMMIT.test(sql) && (batch as string).includes('"conversation.turn_completed"');

const eventsIn = (batch: string): RecordedEvent[] =>
  (JSON.parse(batch) as Part[]).flatMap(({ tenant, events = [] }) =>
    events.map((event) => ({ ...event, tenant_id: tenant }) as unknown as RecordedEvent),
  );
