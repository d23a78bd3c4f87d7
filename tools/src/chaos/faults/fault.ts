import { setTimeout as delay } from 'node:timers/promises';

import { waitFor } from '@baton/testkit';

import type { Customers } from '../load/customers.js';
import type { Staff } from '../load/staff.js';
import type { Random } from '../random.js';
import type { ChaosSystem } from '../system.js';

/** What a fault can reach. */
export interface Reach {
  readonly system: ChaosSystem;
  readonly customers: Customers;
  /** Of each tenant. */
  readonly staffs: readonly Staff[];
}

/** Faults of one lane come one after the other; the lanes run side by side. */
export type Lane = 'services' | 'servers' | 'surroundings';

export interface Fault {
  /** As docs/reliability.md names it. */
  readonly kind: string;
  /** Of the fault plan: F-1 … F-23. */
  readonly plan: string;
  readonly lane: Lane;
  /** True where this machine can't do it. */
  readonly isImpossible?: (system: ChaosSystem) => boolean;
  /**
   * Hurts, holds and heals. Resolves when it is healed, with what shows that it hit; undefined where it did not.
   */
  readonly strike: (reach: Reach, random: Random) => Promise<string | undefined>;
}

export const pause = (ms: number): Promise<void> => delay(ms);

/** True once it holds, false when the time is up: a fault that does not bite is counted, not thrown. */
export const within = (timeoutMs: number, condition: () => boolean | Promise<boolean>): Promise<boolean> =>
  Promise.race([
    // A look that hangs itself is one that did not come true.
    delay(timeoutMs + 1_000, false),
    waitFor(condition, { what: 'it', timeoutMs, everyMs: 25 }).then(
      () => true,
      () => false,
    ),
  ]);
