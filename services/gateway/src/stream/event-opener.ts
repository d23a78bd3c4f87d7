import { setTimeout as sleep } from 'node:timers/promises';

import { isBatonError, type RecordedEvent } from '@baton/contracts';
import { ERASED, isSealed, Keyring } from '@baton/event-store';
import { Injectable, Logger } from '@nestjs/common';

import { formatCursor } from './cursor.js';
import { Frame } from './frame.js';
import { toNotifications } from './notification.js';
import type { Heard } from './staff-session.js';

const RETRY_MS = 200;
/** The orchestrator, which has the keys, is back from a restart long before this. */
const PATIENCE_MS = 30_000;

/** Opens what is sealed in an event and writes down what staff are told of it. */
@Injectable()
export class EventOpener {
  private readonly logger = new Logger('EventOpener');

  constructor(private readonly keyring: Keyring) {}

  /** @throws BatonError where the keys were not to be had for half a minute */
  async open(event: RecordedEvent): Promise<RecordedEvent> {
    if (event.type === 'conversation.erased')
      this.keyring.forget(event.tenant_id, `conversation/${event.stream_id}`);
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.openNow(event);
      } catch (error) {
        if (performance.now() > until) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** @throws BatonError where the keys are not to be had just now */
  async openNow(event: RecordedEvent): Promise<RecordedEvent> {
    try {
      return await this.keyring.openEvent(event);
    } catch (error) {
      if (isBatonError(error) && error.retryable) throw error;
      return this.unreadable(event, error);
    }
  }

  /** One event that no key opens must not hold up all that come after it. */
  private unreadable(event: RecordedEvent, error: unknown): RecordedEvent {
    this.logger.error(`${event.type} ${event.event_id} cannot be opened: ${(error as Error).message}`);
    const data = Object.entries(event.data).map(([name, value]) => [name, isSealed(value) ? ERASED : value]);
    return { ...event, data: Object.fromEntries(data) as RecordedEvent['data'] };
  }

  /** @throws BatonError as {@link open} */
  async heard(event: RecordedEvent, epoch: string, sequence: number): Promise<Heard> {
    const notifications = toNotifications(await this.open(event));
    const lastIndex = notifications.length - 1;
    return {
      epoch,
      sequence,
      frames: notifications.map(
        (notification, index) =>
          new Frame(
            formatCursor({ epoch, sequence, ...(index < lastIndex && { delivered: index + 1 }) }),
            notification,
          ),
      ),
    };
  }
}
