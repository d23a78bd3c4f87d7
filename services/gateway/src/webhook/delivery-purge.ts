import { CONFIG } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import type { GatewayConfig } from '../config.js';
import { DeliveryLogRepository } from './delivery-log.repository.js';

const EVERY_MS = 60 * 60 * 1000;
const AT_ONCE = 1000;

/** Deletes deliveries that are over for as long as they are to be shown. */
@Injectable()
export class DeliveryPurge implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly log: DeliveryLogRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.purge(), EVERY_MS);
    this.timer.unref();
    void this.purge();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  private purge(): Promise<void> {
    return (this.running ??= this.purgeAll().finally(() => (this.running = undefined)));
  }

  private async purgeAll(): Promise<void> {
    try {
      let deleted = AT_ONCE;
      while (deleted === AT_ONCE && !this.isStopped)
        deleted = await this.log.purge(this.config.BATON_WEBHOOK_LOG_DAYS, AT_ONCE);
    } catch (error) {
      this.logger.warn(`Old deliveries could not be deleted: ${(error as Error).message}`);
    }
  }
}
