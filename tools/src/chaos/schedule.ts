import type { Fault, Lane, Reach } from './faults/fault.js';
import { pause } from './faults/fault.js';
import type { Random } from './random.js';

/** A fault as it went. */
export interface Struck {
  readonly kind: string;
  readonly plan: string;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  /** What shows that it hit; undefined where it did not. */
  readonly evidence: string | undefined;
  /** From its healing to the answer of a turn that began then; other lanes go on hurting meanwhile. */
  readonly recoveryMs: number;
}

const MOST_PAUSE_MS = 700;

/** Goes round the faults in each lane, in an order of the seed, until told to stop. */
export class Schedule {
  readonly struck: Struck[] = [];
  private stopped = false;

  constructor(
    private readonly faults: readonly Fault[],
    private readonly reach: Reach,
    private readonly random: Random,
    private readonly say: (line: string) => void,
  ) {}

  /** Resolves when the last fault of each lane has healed. */
  async run(ms: number): Promise<void> {
    const timer = setTimeout(() => (this.stopped = true), ms);
    const lanes = Map.groupBy(this.faults, ({ lane }) => lane);
    await Promise.all([...lanes].map(([lane, faults]) => this.lane(faults, this.random.fork(lane))));
    clearTimeout(timer);
  }

  private async lane(faults: readonly Fault[], random: Random): Promise<void> {
    while (!this.stopped) {
      for (const fault of random.shuffle(faults)) {
        if (this.stopped) return;
        await this.strike(fault, random);
        await pause(random.int(0, MOST_PAUSE_MS));
      }
    }
  }

  private async strike(fault: Fault, random: Random): Promise<void> {
    const from = Date.now();
    const evidence = await fault.strike(this.reach, random).catch((error: unknown) => {
      this.say(`${fault.kind}: ${(error as Error).message}`);
      return undefined;
    });
    const to = Date.now();
    const recoveryMs = await this.reach.customers.probe();
    const { kind, plan, lane } = fault;
    this.struck.push({ kind, plan, lane, from, to, evidence, recoveryMs });
    const end = evidence === undefined ? 'did not hit' : evidence;
    this.say(`${fault.plan} ${kind}: ${end}; answered ${(recoveryMs / 1000).toFixed(1)} s after`);
  }
}
