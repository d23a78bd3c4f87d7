import type { Random } from './random.js';

/** What can go wrong, and how likely it is each time that it could. */
export const FAULTS = {
  /** A process dies; every few seconds of the world, for each. */
  crash: 0.02,
  /** A process stands still for up to half a minute: longer than a lease and than JetStream's patience. */
  stall: 0.012,
  'statement-refused': 0.004,
  /** PostgreSQL did it, and its answer is lost. */
  'answer-lost': 0.006,
  /** Another transaction committed first, where no check could see it. */
  race: 0.004,
  /** A transaction opened early commits late: lower numbers appear behind higher ones. */
  'late-commit': 0.02,
  'slow-statement': 0.01,
  'message-duplicated': 0.03,
  'message-delayed': 0.05,
  'message-lost': 0.01,
  'ack-lost': 0.01,
  'publish-lost': 0.01,
  'puback-lost': 0.01,
  'request-lost': 0.004,
  'reply-lost': 0.006,
  'news-lost': 0.05,
  'model-failed': 0.05,
  'model-slow': 0.05,
  'tool-answer-lost': 0.05,
  /** JetStream comes back empty; now and then. */
  'stream-lost': 0.01,
  'nats-down': 0.01,
  'redis-flushed': 0.02,
  /** A process stands still with the end of a turn in hand and loses its lease; it is sent first thing when it wakes. */
  'stall-at-turn-end': 0.1,
} as const;
export type Fault = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as Fault[];

/** Which faults an episode has, how often, and which have truly hit. */
export class FaultPlan {
  readonly hits = new Map<Fault, number>();
  private isOver = false;
  private readonly rates: ReadonlyMap<Fault, number>;

  constructor(
    private readonly random: Random,
    enabled: ReadonlySet<Fault>,
  ) {
    // Each episode has its own weather: some faults often, some not at all.
    this.rates = new Map(
      FAULT_NAMES.map((fault) => {
        const weight = random.pick([0, 0.5, 1, 2, 4]);
        return [fault, enabled.has(fault) ? FAULTS[fault] * weight : 0];
      }),
    );
  }

  strikes(fault: Fault): boolean {
    if (this.isOver) return false;
    if (!this.random.chance(this.rates.get(fault) ?? 0)) return false;
    this.hits.set(fault, (this.hits.get(fault) ?? 0) + 1);
    return true;
  }

  /** From here on nothing goes wrong any more. */
  end(): void {
    this.isOver = true;
  }
}
