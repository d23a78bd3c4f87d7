import { connect, type NatsConnection } from '@nats-io/transport-node';
import { subjects } from '@baton/contracts';

/** Hears every event that is published, also those that JetStream drops as repeats: what was truly attempted. */
export class BusTap {
  /** Event id to how often it was published. */
  readonly published = new Map<string, number>();
  /** Of `conversation.turn_completed` only: what memory is written from. */
  readonly turnsPublished = new Map<string, number>();

  /** What was published before is not known here. */
  readonly startedAt = Date.now();

  private constructor(readonly nats: NatsConnection) {
    nats.subscribe(subjects.allEvents, {
      callback: (error, message) => {
        if (error) return;
        const id = message.headers?.get('ce-id') ?? '';
        this.published.set(id, (this.published.get(id) ?? 0) + 1);
        if (message.subject.endsWith('.turn_completed'))
          this.turnsPublished.set(id, (this.turnsPublished.get(id) ?? 0) + 1);
      },
    });
  }

  static async start(url: string): Promise<BusTap> {
    const nats = await connect({
      servers: url,
      name: 'chaos-tap',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    const tap = new BusTap(nats);
    await nats.flush();
    return tap;
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }
}
