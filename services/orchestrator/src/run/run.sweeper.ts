import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { type RunReads } from './run.reads.js';
import { type StandaloneRunWorker } from './standalone-run.worker.js';

const PULSE_EVERY_MS = 2000;
/** Three pulses missed: the worker is gone, or so starved that another may take its place. */
const SILENT_MS = 7000;
const BATCH = 50;
/** Behind what the bus gave the requests that wait for them; then whoever is there goes on with them. */
const DRAIN_MS = 500;

/** Keeps the pulse of the runs that are played here, and takes up those whose worker has none. */
export class RunSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RunSweeper');
  private timer: NodeJS.Timeout | undefined;
  private passing: Promise<void> | undefined;

  constructor(
    private readonly reads: RunReads,
    private readonly worker: StandaloneRunWorker,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.beat(), PULSE_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.passing;
    const left = await this.worker.drain(DRAIN_MS);
    if (left.length > 0) await this.reads.letGo(left);
  }

  private beat(): void {
    this.passing ??= this.pass()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not look for lost runs'))
      .finally(() => (this.passing = undefined));
  }

  private async pass(): Promise<void> {
    const mine = this.worker.runs();
    if (mine.length > 0) await this.reads.pulse(mine);
    for (const { tenant_id, run_id } of await this.reads.claimLost(SILENT_MS, BATCH)) {
      this.logger.log({ run_id }, 'Takes up a run whose worker was lost');
      await this.worker
        .resume(tenant_id, run_id)
        .catch((error: unknown) =>
          this.logger.warn({ err: error, run_id }, 'A lost run could not be resumed'),
        );
    }
  }
}
