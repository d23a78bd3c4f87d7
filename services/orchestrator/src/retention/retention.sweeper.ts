import type { Clock, Leases, Metrics } from '@baton/service';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import type { ExpireConversationHandler } from './expire-conversation.handler.js';
import type { EndedConversation, RetentionRepository } from './retention.repository.js';

const EVERY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 100;
const LEASE_MS = 10_000;

/** Looks every hour, and at the start, for conversations whose days are over. */
export class RetentionSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RetentionSweeper');
  private readonly expired;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly repository: RetentionRepository,
    private readonly expire: ExpireConversationHandler,
    private readonly leases: Leases,
    private readonly clock: Clock,
    metrics: Metrics,
    private readonly days: number,
  ) {
    this.expired = metrics.counter(
      'baton_conversations_expired_total',
      'Conversations taken out of service when their days were over, by what became of them',
      ['action'],
    );
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.sweep(), EVERY_MS);
    this.sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  private sweep(): void {
    this.sweeping ??= this.leases
      // Only so that replicas do not do the same work: each conversation's own log decides.
      .with('retention', LEASE_MS, () => this.pass())
      .then(() => undefined)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not look for what is over'))
      .finally(() => (this.sweeping = undefined));
  }

  /** One look at everything that is due. */
  async pass(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.days * DAY_MS);
    let last: EndedConversation | undefined;
    do {
      const ended = await this.repository.ended(before, last, PAGE);
      for (const each of ended) {
        if (this.isStopped) return;
        await this.take(each, before);
      }
      last = ended.length < PAGE ? undefined : ended.at(-1);
    } while (last);
  }

  /** One that fails is met again in an hour, and keeps no other from its end. */
  private async take(ended: EndedConversation, before: Date): Promise<void> {
    try {
      if (await this.expire.handle(ended, before)) this.expired.inc({ action: ended.action });
    } catch (error) {
      this.logger.warn(
        { err: error, tenant_id: ended.tenant_id, conversation_id: ended.conversation_id },
        'A conversation whose days are over could not be taken out of service',
      );
    }
  }
}
