import { isBatonError, subjects } from '@baton/contracts';
import { MemoryDatabase, type Weakness } from '@baton/event-store/testing';

import { Network } from './bus.js';
import { type Fault, FaultPlan } from './faults.js';
import { JetStream } from './jetstream.js';
import { Kernel, type Process } from './kernel.js';
import { LeaseTable } from './leases.js';
import { Outside } from './model.js';
import type { Mutant, Mutants } from './mutants.js';
import { type Definitions, SERVICES, type SimulatedService } from './services.js';
import { ServiceProcess } from './service-process.js';

export interface WorldOptions {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly faults: ReadonlySet<Fault>;
  readonly mutants: Mutants;
  /** Whether what the bus did not bring is looked for in the log. */
  readonly sweeps: boolean;
}

const REPLICAS = 2;
const WEAKNESSES: Partial<Record<Mutant, Weakness>> = {
  'no-idempotency-row': 'idempotency',
  'no-expected-version': 'expected-version',
  'no-inbox': 'inbox',
};

/** Everything: four databases, one bus, two replicas of each service, and what goes wrong with them. */
export class World {
  readonly kernel: Kernel;
  readonly faults: FaultPlan;
  readonly network: Network;
  readonly leases: LeaseTable;
  readonly outside: Outside;
  readonly databases: Readonly<Record<SimulatedService, MemoryDatabase>>;
  /** What handlers threw, by service and message: nothing of it is a fault by itself. */
  readonly errors = new Map<string, number>();
  /** By event id: which life of which process wrote what happened to turns. The system has no such thing. */
  readonly writers = new Map<string, string>();
  private readonly replicas = new Map<string, ServiceProcess>();
  private lives = 0;

  constructor(readonly options: WorldOptions) {
    this.kernel = new Kernel(options.seed);
    this.faults = new FaultPlan(this.kernel.random, options.faults);
    const stream = new JetStream(this.kernel, this.faults);
    this.network = new Network(this.kernel, this.faults, stream, options.mutants);
    this.leases = new LeaseTable(this.kernel);
    this.databases = this.createDatabases();
    this.outside = new Outside(this);
  }

  /** Every replica boots; resolves at once, they are ready when they are. */
  start(): void {
    for (const service of SERVICES)
      for (let replica = 0; replica < REPLICAS; replica += 1) this.beginLife(service, replica);
    this.everySecond();
  }

  joined(process: ServiceProcess): void {
    for (const pattern of process.requests.keys()) {
      this.network.answer(pattern, () =>
        this.ready(process.service).map((each) => ({
          process: each.process,
          serve: (request) => each.requests.get(pattern)?.(request) ?? Promise.resolve(null),
        })),
      );
    }
    for (const [name, { subject }] of process.consumers)
      this.network.stream.ensureConsumer(name, subject, () => this.ready(process.service));
  }

  /** Ends the faults: what is down comes back, and then everything must come right. */
  heal(): void {
    this.faults.end();
    this.network.isDown = false;
  }

  noteError(service: string, error: unknown): void {
    const text = `${service}: ${error instanceof Error ? error.message.replaceAll(/\b\w+_[0-9a-f-]{36}\b/g, '…') : String(error)}`;
    this.errors.set(text, (this.errors.get(text) ?? 0) + 1);
  }

  process(name: string): Process {
    return { name, isAlive: true, stalledUntil: 0 };
  }

  private ready(service: SimulatedService): ServiceProcess[] {
    return [...this.replicas.values()].filter(
      (each) => each.service === service && each.isAlive && each.isReady,
    );
  }

  private createDatabases(): Record<SimulatedService, MemoryDatabase> {
    const { definitions, mutants } = this.options;
    const without = new Set<Weakness>();
    for (const mutant of mutants) {
      const weakness = WEAKNESSES[mutant];
      if (weakness) without.add(weakness);
    }
    const entries = SERVICES.map((service) => {
      const { schema, reads } = definitions[service];
      const options = { nowMs: () => this.kernel.nowMs, tables: reads.tables, without };
      return [service, new MemoryDatabase(schema, options, reads.statements)] as const;
    });
    return Object.fromEntries(entries) as Record<SimulatedService, MemoryDatabase>;
  }

  private beginLife(service: SimulatedService, replica: number): void {
    this.lives += 1;
    const process = this.process(`${service}-${replica}#${this.lives}`);
    const definition = this.options.definitions[service];
    const born = new ServiceProcess(this, service, definition, process, 1000 + replica);
    this.replicas.set(`${service}-${replica}`, born);
    const failed = (error: unknown): void => {
      // Its database did not answer: it ends, and is started again.
      if (isBatonError(error)) this.kill(born, service, replica);
      else this.kernel.fail(error);
    };
    this.kernel.after(1, process, () => void born.boot().catch(failed));
  }

  /** What happens to whole processes and servers. */
  private everySecond(): void {
    const { kernel, faults } = this;
    for (const service of SERVICES)
      for (let replica = 0; replica < REPLICAS; replica += 1) this.afflict(service, replica);
    if (faults.strikes('redis-flushed')) this.leases.flush();
    if (faults.strikes('stream-lost')) this.loseStream();
    if (!this.network.isDown && faults.strikes('nats-down')) {
      this.network.isDown = true;
      kernel.after(kernel.random.pick([500, 5000, 20_000]), null, () => (this.network.isDown = false));
    }
    kernel.after(1000, null, () => this.everySecond());
  }

  private afflict(service: SimulatedService, replica: number): void {
    const { kernel, faults } = this;
    const living = this.replicas.get(`${service}-${replica}`);
    if (!living?.isAlive) return;
    if (faults.strikes('crash')) {
      // Anywhere within the second: between any two of its steps.
      kernel.after(kernel.random.next() * 1000, null, () => this.kill(living, service, replica));
    } else if (faults.strikes('stall')) {
      const until = kernel.nowMs + kernel.random.pick([300, 3000, 12_000, 30_000]);
      living.process.stalledUntil = until;
    }
  }

  private kill(living: ServiceProcess, service: SimulatedService, replica: number): void {
    if (!living.isAlive) return;
    living.process.isAlive = false;
    this.network.forget(living.process);
    this.kernel.after(this.kernel.random.between(100, 4000), null, () => this.beginLife(service, replica));
  }

  /** The stream is made anew within a second, and everybody is asked to read the logs; unless nobody thinks of it. */
  private loseStream(): void {
    this.network.stream.lose();
    if (this.options.mutants.has('no-republish')) return;
    this.kernel.after(this.kernel.random.between(10, 1200), null, () =>
      this.network.tell(subjects.catchUpPoke, { epoch: String(this.network.stream.epoch) }),
    );
  }
}
