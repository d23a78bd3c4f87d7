import { BusClient } from '@baton/bus';
import { type RecordedEvent, subjects } from '@baton/contracts';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { Slots } from '../stream/slots.js';
import { WebhookDirectory } from './webhook-directory.js';
import { WebhookInboxes } from './webhook-inboxes.js';

/** Of the replicas one hears each event. */
const QUEUE = 'gateway-webhooks';
const AT_ONCE = 32;
/** More than this is not kept in memory: it is in the log. */
const MOST_WAITING = 10_000;

/** Hears, as it happens, of what somebody has a webhook for; what it does not hear the sweep of the inboxes finds. */
@Injectable()
export class WebhookNews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly subscriptions = new Map<string, () => void>();
  private readonly slots = new Slots(AT_ONCE);
  private waiting = 0;
  private isStopped = false;

  constructor(
    private readonly bus: BusClient,
    private readonly directory: WebhookDirectory,
    private readonly inboxes: WebhookInboxes,
  ) {}

  onApplicationBootstrap(): void {
    this.directory.whenLoaded(() => this.listen());
  }

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    for (const stop of this.subscriptions.values()) stop();
  }

  /** To the types that are wanted, and to nothing while nobody has a webhook. */
  private listen(): void {
    if (this.isStopped) return;
    const wanted = this.directory.isEmpty ? new Set<string>() : this.directory.wanted;
    for (const [type, stop] of this.subscriptions) {
      if (wanted.has(type)) continue;
      stop();
      this.subscriptions.delete(type);
    }
    for (const type of wanted) {
      if (this.subscriptions.has(type)) continue;
      const hear = (event: RecordedEvent): void => void this.receive(event);
      this.subscriptions.set(
        type,
        this.bus.subscribeEvents(subjects.eventsOfType(type), hear, { queue: QUEUE }),
      );
    }
  }

  private async receive(event: RecordedEvent): Promise<void> {
    if (this.waiting >= MOST_WAITING) return;
    this.waiting += 1;
    await this.slots.enter();
    try {
      await this.inboxes.receive(event);
    } catch {
      // The inbox has said why; the sweep brings the event again.
    } finally {
      this.slots.leave();
      this.waiting -= 1;
    }
  }
}
