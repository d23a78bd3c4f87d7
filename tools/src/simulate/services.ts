import { BusModule } from '@baton/bus';
import { type RecordedEvent, logRequests, subjects, SYSTEM_ACTOR } from '@baton/contracts';
import { EventStore, EventStoreModule, InboxConsumers } from '@baton/event-store';
import { Clock, deriveKey, loadConfig, newId, ServiceModule } from '@baton/service';
import type { z } from 'zod';

import type { SimulatedBus } from './bus.js';
import { type ModuleClass, serviceModule } from './checkout-modules.js';
import type { Injector } from './injector.js';
import type { Mutants } from './mutants.js';
import { loadRuntime } from './runtime.js';
import { withoutSweep, unfenced } from './weakened.js';
import {
  MEMORY_WORKER_READS,
  NO_READS,
  ORCHESTRATOR_READS,
  QUEUE_MANAGER_READS,
  type ReadModels,
} from './statements.js';

export const SERVICES = ['orchestrator', 'queue-manager', 'memory-worker', 'tally'] as const;
export type SimulatedService = (typeof SERVICES)[number];
export type Definitions = Readonly<Record<SimulatedService, ServiceDefinition>>;

/** A durable consumer that a process has beside those of its controllers. */
export interface MoreConsumer {
  readonly consumer: string;
  readonly subject: string;
  readonly handle: (event: RecordedEvent) => Promise<unknown>;
}

/** What a service is made of, and what it is given instead of the outside. */
export interface ServiceDefinition {
  readonly schema: string;
  readonly reads: ReadModels;
  readonly config: (port: number) => unknown;
  readonly modules: (port: number) => readonly unknown[];
  readonly without: ReadonlySet<unknown>;
  readonly given?: (bus: SimulatedBus) => readonly (readonly [unknown, unknown])[];
  readonly beforeStart?: (injector: Injector, options: StartOptions) => Promise<void>;
  readonly afterBoot?: (injector: Injector) => Promise<readonly MoreConsumer[]>;
}

export interface StartOptions {
  readonly sweeps: boolean;
  readonly mutants: Mutants;
}

const SECRET = 'the secret of a simulated world';

const environment = (port: number): Record<string, string> => ({
  DATABASE_URL: 'postgres://simulated',
  DATABASE_SYSTEM_URL: 'postgres://simulated',
  NATS_URL: 'nats://simulated',
  REDIS_URL: 'redis://simulated',
  BATON_SECRET: SECRET,
  BATON_SERVICE_PORT: String(port),
  BATON_DEFAULT_WORKFLOW: 'simulated',
  BATON_SUMMARY_EVERY: '1000',
  BATON_WRAP_UP_SECONDS: '4',
});

/** The clock is the real one: it measures the database's time through the simulated database. */
const CLOCK = { module: class ClockModule {}, providers: [{ provide: Clock, useClass: Clock }] };
const OUTSIDE = [ServiceModule, BusModule] as const;

/** Everything that the simulation runs of the services, loaded once. */
export const loadServices = async (): Promise<Definitions> => ({
  orchestrator: await orchestrator(),
  'queue-manager': await queueManager(),
  'memory-worker': await memoryWorker(),
  tally: TALLY,
});

/** What the orchestrator wraps data keys with: the auditor opens what was sealed. */
export const keyEncryptionKey = async (): Promise<Buffer> => {
  const { KEK_LABEL } = await serviceModule<{ KEK_LABEL: string }>('orchestrator', 'key-labels');
  return deriveKey(SECRET, KEK_LABEL);
};

const configOf = async (service: string): Promise<(port: number) => unknown> => {
  const { configSchema } = await serviceModule<{ configSchema: z.ZodType }>(service, 'config');
  return (port) => loadConfig(configSchema, environment(port));
};

const noSweeps = async (injector: Injector, { sweeps }: StartOptions): Promise<void> => {
  if (!sweeps) withoutSweep((await injector.get(InboxConsumers)) as InboxConsumers);
};

const orchestrator = async (): Promise<ServiceDefinition> => {
  const load = <M extends object>(path: string): Promise<M> => serviceModule<M>('orchestrator', path);
  const runtime = await loadRuntime();
  const kek = await keyEncryptionKey();
  const { ConversationModule } = await load<{ ConversationModule: ModuleClass }>(
    'conversation/conversation.module',
  );
  const { TurnModule } = await load<{ TurnModule: ModuleClass }>('turn/turn.module');
  const { WorkflowModule } = await load<{ WorkflowModule: ModuleClass }>('workflow/workflow.module');
  const { RUNTIME_PORTS } = await load<{ RUNTIME_PORTS: symbol }>('run/run.module');
  const { RunSweeper } = await load<{ RunSweeper: ModuleClass }>('run/run.sweeper');
  const { RunController } = await load<{ RunController: ModuleClass }>('run/run.controller');
  const { CONVERSATION_WORKFLOWS } = await load<{ CONVERSATION_WORKFLOWS: symbol }>(
    'conversation/workflows.port',
  );
  const { WorkflowRegistry } = await load<{ WorkflowRegistry: ModuleClass }>('workflow/workflow.registry');
  const { WorkerExpressionEngine } = await load<{ WorkerExpressionEngine: ModuleClass }>(
    'workflow/expression/expression-engine',
  );
  const { TurnEnding } = await load<{ TurnEnding: ModuleClass }>('turn/turn-ending');
  const { ConversationRepository } = await load<{ ConversationRepository: ModuleClass }>(
    'conversation/conversation.repository',
  );
  const { ToolRegistry } = await load<{ ToolRegistry: ModuleClass }>('tool/tool-registry');
  const { ChosenSandbox } = await load<{ ChosenSandbox: ModuleClass }>('sandbox/chosen-sandbox');
  return {
    schema: 'orchestrator',
    reads: ORCHESTRATOR_READS,
    config: await configOf('orchestrator'),
    modules: (port) => [
      CLOCK,
      EventStoreModule.forRoot({ service: 'orchestrator', port, kek }),
      ConversationModule,
      TurnModule,
    ],
    without: new Set<unknown>([...OUTSIDE, WorkflowModule, RunSweeper, RunController]),
    beforeStart: async (injector, options) => {
      await noSweeps(injector, options);
      if (options.mutants.has('no-fencing'))
        unfenced(
          await injector.get(TurnEnding),
          await injector.get(ConversationRepository),
          (await injector.get(EventStore)) as EventStore,
        );
    },
    given: (bus) => [
      [CONVERSATION_WORKFLOWS, runtime.workflows],
      [WorkflowRegistry, runtime.registry],
      [WorkerExpressionEngine, {}],
      [ToolRegistry, { find: () => undefined }],
      [ChosenSandbox, {}],
      [RUNTIME_PORTS, runtime.ports(bus, () => new Date().toISOString())],
    ],
  };
};

const queueManager = async (): Promise<ServiceDefinition> => {
  const { AppModule } = await serviceModule<{ AppModule: { forRoot(config: unknown): unknown } }>(
    'queue-manager',
    'app.module',
  );
  const config = await configOf('queue-manager');
  return {
    schema: 'queue_manager',
    reads: QUEUE_MANAGER_READS,
    config,
    modules: (port) => [CLOCK, AppModule.forRoot(config(port))],
    without: new Set<unknown>(OUTSIDE),
    beforeStart: noSweeps,
  };
};

const memoryWorker = async (): Promise<ServiceDefinition> => {
  const load = <M extends object>(path: string): Promise<M> => serviceModule<M>('memory-worker', path);
  const { MemoryModule } = await load<{ MemoryModule: ModuleClass }>('memory/memory.module');
  const { VECTOR_STORE } = await load<{ VECTOR_STORE: symbol }>('retrieval/vector-store');
  const vectors = {
    kind: 'exact',
    rowValue: (embedding: string) => embedding,
    best: () => Promise.resolve([]),
  };
  return {
    schema: 'memory_worker',
    reads: MEMORY_WORKER_READS,
    config: await configOf('memory-worker'),
    modules: (port) => [CLOCK, EventStoreModule.forRoot({ service: 'memory-worker', port }), MemoryModule],
    without: new Set<unknown>(OUTSIDE),
    beforeStart: noSweeps,
    given: () => [[VECTOR_STORE, vectors]],
  };
};

export const TALLY_CONSUMER = 'tally';
export const TALLIED = [
  'conversation.started',
  'conversation.message_received',
  'conversation.turn_completed',
];

/**
 * A shadow of every consumer: event-store's own inbox, and an effect that nothing but the inbox keeps from happening
 * twice. One effect is one stream of its own.
 */
const TALLY: ServiceDefinition = {
  schema: 'tally',
  reads: NO_READS,
  config: () => ({}),
  modules: (port) => [CLOCK, EventStoreModule.forRoot({ service: 'tally', port })],
  without: new Set<unknown>(),
  beforeStart: (injector, options) => noSweeps(injector, options),
  afterBoot: async (injector) => {
    const store = (await injector.get(EventStore)) as EventStore;
    const inboxes = (await injector.get(InboxConsumers)) as InboxConsumers;
    const inbox = inboxes.create({
      consumer: TALLY_CONSUMER,
      streamTypes: ['conversation'],
      types: TALLIED,
      log: logRequests.orchestrator,
      handle: (event, mark) =>
        store.transact({
          tenantId: event.tenant_id,
          now: new Date().toISOString(),
          inbox: mark,
          appends: [
            {
              ref: { tenantId: event.tenant_id, streamType: 'tally', streamId: newId('evt') },
              expectedVersion: 0,
              metadata: { actor: SYSTEM_ACTOR, causation_id: event.event_id },
              events: [
                {
                  type: 'conversation.turn_attempt_started',
                  data: { turn_number: 1, run_id: event.stream_id, attempt: 2 },
                },
              ],
            },
          ],
        }),
    });
    return [
      {
        consumer: TALLY_CONSUMER,
        subject: subjects.eventsOf('conversation'),
        handle: (event) => inbox.receive(event),
      },
    ];
  },
};
