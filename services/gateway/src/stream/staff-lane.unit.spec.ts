import { StaffLane } from './staff-lane.js';
import type { Heard } from './staff-session.js';

const heard = (sequence: number): Heard => ({ epoch: 'e', sequence, frames: [] });
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a tenant's lane", () => {
  it('tells in the order of the stream, whichever opens first', async () => {
    const told: number[] = [];
    const lane = new StaffLane(
      ({ sequence }) => void told.push(sequence),
      () => undefined,
    );
    let openFirst: (value: Heard) => void = () => undefined;
    lane.push(new Promise((resolve) => (openFirst = resolve)));
    lane.push(Promise.resolve(heard(2)));
    await settled();
    expect(told).toEqual([]);
    openFirst(heard(1));
    await settled();
    expect(told).toEqual([1, 2]);
  });

  it('does what is to be done behind what is being opened still', async () => {
    const told: unknown[] = [];
    const lane = new StaffLane(
      ({ sequence }) => void told.push(sequence),
      () => undefined,
    );
    let openFirst: (value: Heard) => void = () => undefined;
    lane.push(new Promise((resolve) => (openFirst = resolve)));
    lane.behindAll(() => void told.push('new life'));
    lane.push(Promise.resolve(heard(2)));
    await settled();
    expect(told).toEqual([]);
    openFirst(heard(1));
    await settled();
    expect(told).toEqual([1, 'new life', 2]);
  });

  it('gives up once, and tells nothing behind a gap', async () => {
    const told: number[] = [];
    const errors: unknown[] = [];
    const lane = new StaffLane(
      ({ sequence }) => void told.push(sequence),
      (error) => void errors.push(error),
    );
    lane.push(Promise.resolve(heard(1)));
    lane.push(Promise.reject(new Error('no key')));
    lane.push(Promise.resolve(heard(3)));
    lane.push(Promise.reject(new Error('no key either')));
    await settled();
    lane.push(Promise.resolve(heard(5)));
    await settled();
    expect(told).toEqual([1]);
    expect(errors).toEqual([new Error('no key')]);
  });
});
