import { Clock } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { CallLedger } from './call-ledger.js';
import { closedRow } from './ledger-row.js';
import { LedgerRepository } from './ledger.repository.js';

const EVERY_MS = 60_000;
/** Younger ones are asked for again by whoever needs them, and closed on the way. */
const OLDER_THAN_MS = 60_000;
const PAGE = 100;

/** Closes as `unknown` the attempts that a crash cut off and that nobody asked for again. */
@Injectable()
export class AbandonedCallsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('AbandonedCallsSweep');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly repository: LedgerRepository,
    private readonly ledger: CallLedger,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sweeping ??= this.run();
    }, EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** @returns how many attempts were closed */
  async sweep(olderThanMs = OLDER_THAN_MS): Promise<number> {
    const abandoned = await this.repository.abandoned(olderThanMs, PAGE);
    for (const { row, reported } of abandoned) {
      const now = this.clock.nowIso();
      // What it used, nobody knows.
      const usage = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };
      const closed = closedRow(row, {
        outcome: 'unknown',
        usage,
        costUsd: '0',
        errorCode: 'crashed',
        firstTokenMs: null,
        latencyMs: 0,
        now,
      });
      await this.ledger.settle({ reported, cutOff: 0, closed: [] }, closed, now);
    }
    return abandoned.length;
  }

  private async run(): Promise<void> {
    try {
      const count = await this.sweep();
      if (count > 0) this.logger.log(`Closed ${count} model calls that a crash cut off`);
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not look for abandoned model calls');
    } finally {
      this.sweeping = undefined;
    }
  }
}
