import { createHash } from 'node:crypto';

import { BusClient } from '@baton/bus';
import { logRequests, type RequestContext, subjects, SYSTEM_ACTOR } from '@baton/contracts';
import { Leases, newId } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { AuditRepository } from './audit.repository.js';
import { AUDITED_LOGS, type AuditedLog, auditedTypes, streamTypesOf } from './audited-events.js';
import { LogReader } from './log-reader.js';
import { ToolDigest } from './tool-digest.js';

/** What no news came of is found this often. */
const SWEEP_MS = 10_000;
/** News that come together are read together. */
const GATHER_MS = 200;
/** An event is in its log before there is news of it, but a transaction that is still open may hide it from readers. */
const LOOK_AGAIN_MS = 2_000;
const LEASE_MS = 10_000;
/** Of the replicas one hears each event: it is only a nudge. */
const QUEUE = 'gateway-audit';

/**
 * Carries what happened from the services' logs into the trail, soon after it happened. One replica reads at a time, by a lease that
 * only saves work: {@link LogReader} is exactly once without it.
 */
@Injectable()
export class LogCollector implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly readers: ReadonlyMap<AuditedLog, LogReader>;
  private readonly stops: (() => void)[] = [];
  private readonly ending = new AbortController();
  private readonly troubled = new Set<AuditedLog>();
  private running: Promise<void> | undefined;
  private isAskedAgain = false;
  private nudge: NodeJS.Timeout | undefined;
  private afterthought: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly leases: Leases,
    repository: AuditRepository,
    digest: ToolDigest,
  ) {
    this.readers = new Map(
      AUDITED_LOGS.map((log) => [
        log,
        new LogReader(repository, {
          consumer: consumerOf(log),
          read: (after, limit) => this.read(log, after, limit),
          digest: (event) => digest.of(event),
        }),
      ]),
    );
  }

  onApplicationBootstrap(): void {
    for (const type of AUDITED_LOGS.flatMap(auditedTypes)) {
      const hear = (): void => this.hear();
      this.stops.push(this.bus.subscribeEvents(subjects.eventsOfType(type), hear, { queue: QUEUE }));
    }
    this.stops.push(this.bus.subscribe(subjects.catchUpPoke, () => this.collect()));
    const timer = setInterval(() => this.collect(), SWEEP_MS);
    this.stops.push(() => clearInterval(timer));
    // What came while no gateway ran is waiting in the logs.
    this.collect();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    clearTimeout(this.nudge);
    clearTimeout(this.afterthought);
    this.ending.abort();
    await this.running;
  }

  /** Reads all logs on, now; where it is being done already, once more behind it. */
  collect(): void {
    if (this.ending.signal.aborted) return;
    if (this.running) {
      this.isAskedAgain = true;
      return;
    }
    this.running = this.underLease().finally(() => {
      this.running = undefined;
      if (!this.isAskedAgain) return;
      this.isAskedAgain = false;
      this.collect();
    });
  }

  private hear(): void {
    this.nudge ??= setTimeout(() => {
      this.nudge = undefined;
      this.collect();
    }, GATHER_MS);
    this.afterthought ??= setTimeout(() => {
      this.afterthought = undefined;
      this.collect();
    }, LOOK_AGAIN_MS);
  }

  private async underLease(): Promise<void> {
    const { held } = await this.leases.with('gateway:audit:collect', LEASE_MS, async (lost) => {
      for (const log of AUDITED_LOGS) await this.readOn(log, lost);
    });
    // Whoever has the lease moves the positions.
    if (!held) for (const reader of this.readers.values()) reader.forget();
  }

  private async readOn(log: AuditedLog, lost: AbortSignal): Promise<void> {
    try {
      await this.readers.get(log)?.readOn(AbortSignal.any([lost, this.ending.signal]));
      if (this.troubled.delete(log)) this.logger.log(`The log of ${log} is read again`);
    } catch (error) {
      this.readers.get(log)?.forget();
      if (this.ending.signal.aborted || this.troubled.has(log)) return;
      this.troubled.add(log);
      this.logger.warn(
        { err: error, log },
        'A log cannot be read into the audit trail now; what happens meanwhile comes later',
      );
    }
  }

  private read(log: AuditedLog, after: string | null, limit: number) {
    const body = {
      log: { stream_types: [...streamTypesOf(log)], after, types: [...auditedTypes(log)] },
      limit,
    };
    return this.bus.request(logRequests[log], ofAllTenants(), body, { signal: this.ending.signal });
  }
}

const ofAllTenants = (): RequestContext => ({
  tenant_id: '*',
  actor: SYSTEM_ACTOR,
  request_id: newId('req'),
});

/**
 * Named by what it reads for: a version that audits more types reads the log from its start, and an older replica beside it can't
 * carry the position past what it knows nothing of.
 */
const consumerOf = (log: AuditedLog): string => {
  const types = [...auditedTypes(log)].sort().join(' ');
  return `audit-${log}-${createHash('sha256').update(types).digest('hex').slice(0, 12)}`;
};
