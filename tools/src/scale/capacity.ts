/** What one turn costs, as it was measured. */
export interface TurnCost {
  /** CPU-seconds of the five services together. */
  readonly serviceCpuSeconds: number;
  /** CPU-seconds of PostgreSQL, NATS. */
  readonly postgresCpuSeconds: number;
  readonly natsCpuSeconds: number;
  readonly walBytes: number;
  readonly fsyncs: number;
}

/** What a machine is taken to have. */
export interface Machine {
  readonly cores: number;
  /** Of its CPU that is used in the long run: the rest is for peaks and for the death of a neighbour. */
  readonly usable: number;
  /** That its disk takes, of a write-ahead log written in order. */
  readonly writeBytesPerSecond: number;
  /** Durable flushes a second; commits that come together share one. */
  readonly fsyncsPerSecond: number;
}

export interface Capacity {
  readonly machines: number;
  readonly turnsPerSecond: number;
  /** What is full first. */
  readonly boundBy: 'services' | 'PostgreSQL CPU' | 'write-ahead log' | 'fsyncs' | 'NATS CPU';
  /** Databases that the tenants are divided among. */
  readonly databases: number;
  /** Of the machines: how many run the services, and how many PostgreSQL and NATS. */
  readonly serviceMachines: number;
  readonly postgresMachines: number;
  readonly natsMachines: number;
}

/** Turns a second that one machine of its own gives of each part. */
export const ceilingsOf = (cost: TurnCost, machine: Machine) => {
  const cpu = machine.cores * machine.usable;
  return {
    services: cpu / cost.serviceCpuSeconds,
    'PostgreSQL CPU': cpu / cost.postgresCpuSeconds,
    'write-ahead log': (machine.writeBytesPerSecond * machine.usable) / cost.walBytes,
    fsyncs: (machine.fsyncsPerSecond * machine.usable) / cost.fsyncs,
    'NATS CPU': cpu / cost.natsCpuSeconds,
  } as const;
};

/**
 * How many turns a second so many machines carry, each a part of its own: the division among services, PostgreSQL and
 * NATS that carries most, a database being one machine and tenants being divided where one is not enough. One machine
 * runs everything.
 */
export const capacityOf = (cost: TurnCost, machine: Machine, machines: number): Capacity => {
  const ceilings = ceilingsOf(cost, machine);
  const database = Math.min(ceilings['PostgreSQL CPU'], ceilings['write-ahead log'], ceilings.fsyncs);
  if (machines === 1) {
    const all = cost.serviceCpuSeconds + cost.postgresCpuSeconds + cost.natsCpuSeconds;
    const cpu = (machine.cores * machine.usable) / all;
    const disk = Math.min(ceilings['write-ahead log'], ceilings.fsyncs);
    return {
      machines,
      turnsPerSecond: Math.min(cpu, disk),
      boundBy: cpu <= disk ? 'services' : diskBound(ceilings),
      databases: 1,
      serviceMachines: 1,
      postgresMachines: 0,
      natsMachines: 0,
    };
  }
  let best: Capacity | undefined;
  for (let databases = 1; databases < machines; databases += 1) {
    for (let nats = 1; databases + nats < machines || (nats === 1 && databases + 1 === machines); nats += 1) {
      const services = machines - databases - nats;
      // Two machines: NATS is small enough to stand beside the services.
      const serviceMachines = Math.max(services, 1);
      const each = {
        services: ceilings.services * serviceMachines,
        database: database * databases,
        nats: ceilings['NATS CPU'] * nats,
      };
      const turnsPerSecond = Math.min(each.services, each.database, each.nats);
      if (best && best.turnsPerSecond >= turnsPerSecond) continue;
      best = {
        machines,
        turnsPerSecond,
        boundBy:
          turnsPerSecond === each.services
            ? 'services'
            : turnsPerSecond === each.nats
              ? 'NATS CPU'
              : databaseBound(ceilings),
        databases,
        serviceMachines,
        postgresMachines: databases,
        natsMachines: services < 1 ? 0 : nats,
      };
    }
  }
  return best as Capacity;
};

type Ceilings = ReturnType<typeof ceilingsOf>;

const diskBound = (ceilings: Ceilings): Capacity['boundBy'] =>
  ceilings['write-ahead log'] <= ceilings.fsyncs ? 'write-ahead log' : 'fsyncs';

const databaseBound = (ceilings: Ceilings): Capacity['boundBy'] =>
  ceilings['PostgreSQL CPU'] <= Math.min(ceilings['write-ahead log'], ceilings.fsyncs)
    ? 'PostgreSQL CPU'
    : diskBound(ceilings);
