import { setTimeout as sleep } from 'node:timers/promises';

import { BusClient } from '@baton/bus';
import { type RecordedEvent, subjects } from '@baton/contracts';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { expand, factsBehind } from './event-types.js';
import { type SubscriptionRow, WebhookRepository } from './webhook.repository.js';

/** A change is pushed to every replica; this is for a push that got lost. */
const LOOK_AGAIN_MS = 10_000;
/** While NATS is away nobody hears anything: whoever is back looks anew, and reads the logs. */
const FLUSH_LIMIT_MS = 2_000;
/**
 * Events are dated by the clock of the service that wrote them, webhooks by PostgreSQL's: so much they may differ.
 * An event from shortly before a webhook was made may come with it; none from after it may be missed.
 */
const CLOCK_SLACK_MS = 1_000;
/** Handled whether or not a webhook asks for it: it deletes deliveries. */
export const ALWAYS = 'conversation.erased';

/** To whom an event goes, and under which names. */
export interface Addressee {
  readonly webhookId: string;
  readonly names: readonly string[];
}

interface Subscription {
  readonly webhookId: string;
  readonly names: ReadonlySet<string>;
  readonly sinceMs: number;
}

/** Every enabled webhook, in memory: an event that nobody asked for costs no look at the database. */
@Injectable()
export class WebhookDirectory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private byTenant = new Map<string, Subscription[]>();
  /** The types of the log that are handled, kept in step: whoever was given the set sees it change. */
  readonly wanted = new Set<string>([ALWAYS]);
  private rows = 0;
  private isStale = true;
  private loading: Promise<void> | undefined;
  private readonly onChanged: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly repository: WebhookRepository,
    private readonly bus: BusClient,
  ) {}

  onApplicationBootstrap(): void {
    this.stopListening = this.bus.subscribe(subjects.webhooksChanged, () => this.lookAgain());
    // What was pushed while this process heard nothing.
    this.bus.connection.afterReconnect(() => this.lookAgain());
    this.timer = setInterval(() => this.lookAgain(), LOOK_AGAIN_MS);
    this.timer.unref();
    this.lookAgain();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stopListening();
  }

  /** Calls `listener` after each look; at once where there was one. */
  whenLoaded(listener: () => void): void {
    this.onChanged.push(listener);
    if (!this.isStale) listener();
  }

  /** Somebody has a webhook, if only a disabled one: there may be deliveries. */
  get hasAny(): boolean {
    return this.rows > 0;
  }

  /** Nobody has a webhook that is enabled. */
  get isEmpty(): boolean {
    return this.byTenant.size === 0;
  }

  /** After a change here: this replica knows it when this resolves, and the others before what happens next. */
  async changed(): Promise<void> {
    await this.reload();
    this.bus.publish(subjects.webhooksChanged, {});
    // The server has it, and what this replica listens to now, before anything can happen that the caller causes.
    if (this.bus.connected)
      await Promise.race([this.bus.nats.flush(), sleep(FLUSH_LIMIT_MS, undefined, { ref: false })]);
  }

  /** As the database has them now. */
  async reload(): Promise<void> {
    this.isStale = true;
    await this.loading?.catch(() => undefined);
    await this.fresh();
  }

  /** Resolves once all is known that was pushed before the call. */
  async fresh(): Promise<void> {
    while (this.isStale || this.loading) await (this.loading ??= this.load());
  }

  /** Call {@link fresh} before. */
  addresseesOf(event: RecordedEvent, names: readonly string[]): readonly Addressee[] {
    const occurredMs = Date.parse(event.occurred_at);
    return (this.byTenant.get(event.tenant_id) ?? [])
      .filter(({ sinceMs }) => occurredMs >= sinceMs)
      .map((subscription) => ({
        webhookId: subscription.webhookId,
        names: names.filter((name) => subscription.names.has(name)),
      }))
      .filter((addressee) => addressee.names.length > 0);
  }

  private lookAgain(): void {
    this.isStale = true;
    this.fresh().catch((error: unknown) =>
      this.logger.warn(`The webhooks cannot be read now: ${(error as Error).message}`),
    );
  }

  private async load(): Promise<void> {
    try {
      // What changes from here on makes it stale again.
      this.isStale = false;
      const rows = await this.repository.subscriptions();
      this.use(rows);
    } catch (error) {
      this.isStale = true;
      throw error;
    } finally {
      this.loading = undefined;
    }
    for (const listener of this.onChanged) listener();
  }

  private use(rows: readonly SubscriptionRow[]): void {
    const byTenant = new Map<string, Subscription[]>();
    const all = new Set<string>();
    for (const row of rows.filter(({ status }) => status === 'ENABLED')) {
      const names = expand(row.event_types);
      for (const name of names) all.add(name);
      const own = byTenant.get(row.tenant_id) ?? [];
      own.push({
        webhookId: row.webhook_id,
        names,
        sinceMs: row.active_since.getTime() - CLOCK_SLACK_MS,
      });
      byTenant.set(row.tenant_id, own);
    }
    this.byTenant = byTenant;
    this.rows = rows.length;
    const wanted = factsBehind(all);
    for (const type of this.wanted) if (type !== ALWAYS && !wanted.has(type)) this.wanted.delete(type);
    for (const type of wanted) this.wanted.add(type);
  }
}
