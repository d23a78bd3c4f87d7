import { PRIORITIES } from '@baton/contracts';

import type { Arrival } from './day.js';

/** Waits of one kind of item, in seconds. */
export class Waits {
  private values = new Float64Array(1024);
  count = 0;
  private slaHits = 0;
  private isSorted = true;

  add(seconds: number, isInTime: boolean): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count] = seconds;
    this.count += 1;
    this.isSorted = false;
    if (isInTime) this.slaHits += 1;
  }

  /** The wait that `share` of them did not exceed. */
  at(share: number): number {
    if (this.count === 0) return 0;
    if (!this.isSorted) this.values.subarray(0, this.count).sort();
    this.isSorted = true;
    return this.values[Math.min(this.count - 1, Math.floor(share * this.count))] ?? 0;
  }

  get slaHitRate(): number {
    return this.count === 0 ? 1 : this.slaHits / this.count;
  }
}

export const COUNTS = [
  'offers',
  'declined',
  'missed',
  'withdrawn',
  'set AWAY',
  'relaxation steps',
  'SLA warnings',
  'SLA breaches',
] as const;
export type Count = (typeof COUNTS)[number];

/** What came of a day. */
export class Measures {
  readonly byPriority = new Map(PRIORITIES.map((each) => [each, new Waits()] as const));
  readonly bySkill = new Map<string, Waits>();
  readonly all = new Waits();
  readonly counts = new Map<Count, number>(COUNTS.map((each) => [each, 0]));
  /** Of those whom somebody free knew, how many went to them; of those with a language of their own, to who speaks it. */
  readonly known = { could: 0, did: 0 };
  readonly language = { could: 0, did: 0 };
  /** Capacity while online, and of it what was taken by conversations and wrap-ups, in slot-milliseconds. */
  onlineMs = 0;
  busyMs = 0;

  waited(arrival: Arrival, seconds: number, isInTime: boolean): void {
    const skill = Object.keys(arrival.required_skills)[0] ?? 'none';
    const ofSkill = this.bySkill.get(skill) ?? new Waits();
    this.bySkill.set(skill, ofSkill);
    for (const waits of [this.all, this.byPriority.get(arrival.priority), ofSkill])
      waits?.add(seconds, isInTime);
  }

  note(count: Count): void {
    this.counts.set(count, (this.counts.get(count) ?? 0) + 1);
  }

  get utilisation(): number {
    return this.onlineMs === 0 ? 0 : this.busyMs / this.onlineMs;
  }
}
