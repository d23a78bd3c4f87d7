import { capacityOf, ceilingsOf, type Machine, type TurnCost } from './capacity.js';

/** Round numbers, so that the sums can be done by hand. */
const COST: TurnCost = {
  serviceCpuSeconds: 0.01,
  postgresCpuSeconds: 0.004,
  natsCpuSeconds: 0.002,
  walBytes: 20_000,
  fsyncs: 2,
};
const MACHINE: Machine = { cores: 8, usable: 0.5, writeBytesPerSecond: 100_000_000, fsyncsPerSecond: 10_000 };

describe('what machines carry', () => {
  it('is, for each part alone, what a machine has by what a turn takes', () => {
    expect(ceilingsOf(COST, MACHINE)).toEqual({
      services: 400,
      'PostgreSQL CPU': 1000,
      'write-ahead log': 2500,
      fsyncs: 2500,
      'NATS CPU': 2000,
    });
  });

  it('is for one machine all that a turn takes together', () => {
    expect(capacityOf(COST, MACHINE, 1)).toMatchObject({
      turnsPerSecond: 250,
      boundBy: 'services',
      databases: 1,
    });
  });

  it('is divided so that most is carried, and says what is full first', () => {
    // 7 of services (2800), 2 of PostgreSQL (2000), 1 of NATS (2000).
    expect(capacityOf(COST, MACHINE, 10)).toEqual({
      machines: 10,
      turnsPerSecond: 2000,
      boundBy: 'NATS CPU',
      databases: 2,
      serviceMachines: 7,
      postgresMachines: 2,
      natsMachines: 1,
    });
  });

  it('never carries less with more machines', () => {
    const carried = [1, 2, 3, 5, 10, 30, 100].map(
      (machines) => capacityOf(COST, MACHINE, machines).turnsPerSecond,
    );
    expect(carried).toEqual(carried.toSorted((one, other) => one - other));
  });

  it('stands still at the disk where commits cost more flushes than it has', () => {
    const slow = { ...MACHINE, fsyncsPerSecond: 100 };
    expect(capacityOf(COST, slow, 1)).toMatchObject({ turnsPerSecond: 25, boundBy: 'fsyncs' });
  });
});
