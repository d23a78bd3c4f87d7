import { connect, type NatsConnection } from '@nats-io/transport-node';
import { subjects } from '@baton/contracts';

const BEFORE_A_GAP_MS = 10_000;
const AFTER_A_GAP_MS = 3_000;

/** Hears every event that is published, also those that JetStream drops as repeats: what was truly attempted. */
export class BusTap {
  /** Event id to how often it was published. */
  readonly published = new Map<string, number>();
  /** Of `conversation.turn_completed` only: what memory is written from. */
  readonly turnsPublished = new Map<string, number>();

  /** What was published before is not known here. */
  readonly startedAt = Date.now();

  /** When it was cut off from NATS: what was published just before or after may have escaped it. */
  private readonly gaps: { from: number; to: number }[] = [];

  private constructor(readonly nats: NatsConnection) {
    void this.follow();
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

  /** True where an event that was committed then may have been published unheard. */
  wasDeaf(at: number): boolean {
    return this.gaps.some(({ from, to }) => at >= from - BEFORE_A_GAP_MS && at <= to + AFTER_A_GAP_MS);
  }

  private async follow(): Promise<void> {
    for await (const { type } of this.nats.status()) {
      if (type === 'disconnect') this.gaps.push({ from: Date.now(), to: Number.POSITIVE_INFINITY });
      const [gap] = this.gaps.slice(-1);
      if (type === 'reconnect' && gap) gap.to = Date.now();
    }
  }

  async stop(): Promise<void> {
    await this.nats.close();
  }
}
