import { BusClient } from '@baton/bus';
import { EventStore } from '@baton/event-store';
import { Clock, CONFIG, Database, deriveKey, Guards, Health } from '@baton/service';
import { Logger, Module } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { ACTION_DIGEST_LABEL } from '../key-labels.js';
import { AGENTS } from '../agent/agents.js';
import { cancelModelCalls, modelClient } from '../agent/model.client.js';
import { ConsultationRepository } from '../consultation/consultation.repository.js';
import { ConversationModule } from '../conversation/conversation.module.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { ChosenSandbox } from '../sandbox/chosen-sandbox.js';
import { PAUSED_RUNS } from '../conversation/paused-runs.port.js';
import type { PausedRuns } from '../pause/paused-runs.js';
import { ToolExecutor } from '../tool/tool-executor.js';
import { toolGuards } from '../tool/tool-guards.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { TURN_RUNNER } from '../turn/turn-runner.port.js';
import { WorkerExpressionEngine } from '../workflow/expression/expression-engine.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { CancelRunHandler } from './cancel-run.handler.js';
import { ConversationTurnRunner } from './conversation-turn.runner.js';
import { ExecuteAgentHandler } from './execute-agent.handler.js';
import { ExecuteToolHandler } from './execute-tool.handler.js';
import { ExecuteWorkflowHandler } from './execute-workflow.handler.js';
import { systemRunClock } from './run-clock.js';
import { PauseRequests } from './pause-requests.js';
import { RunController } from './run.controller.js';
import { RunReads } from './run.reads.js';
import { RunRepository } from './run.repository.js';
import { RunSweeper } from './run.sweeper.js';
import type { RuntimePorts } from './runtime.ports.js';
import { StandaloneRunWorker } from './standalone-run.worker.js';
import { StartAndWait } from './start-and-wait.js';

/** Keys the digests of actions that people decide on. */
export const ACTION_DIGEST_KEY = Symbol('ACTION_DIGEST_KEY');

/** What every run of this process is played with. */
export const RUNTIME_PORTS = Symbol('RuntimePorts');

const logger = new Logger('Run');

@Module({
  imports: [WorkflowModule, ConversationModule],
  controllers: [RunController],
  providers: [
    {
      provide: ACTION_DIGEST_KEY,
      inject: [CONFIG],
      useFactory: (config: OrchestratorConfig) => deriveKey(config.BATON_SECRET, ACTION_DIGEST_LABEL),
    },
    { provide: PauseRequests, useFactory: () => new PauseRequests() },
    {
      provide: ToolExecutor,
      inject: [ToolRegistry, Guards],
      useFactory: (registry: ToolRegistry, guards: Guards) =>
        new ToolExecutor(
          registry,
          {
            toolFailed: ({ tool, runId, error }) =>
              logger.warn({ err: error, tool, run_id: runId }, 'A tool failed'),
          },
          toolGuards(guards),
        ),
    },
    {
      provide: RUNTIME_PORTS,
      inject: [
        WorkerExpressionEngine,
        BusClient,
        ToolExecutor,
        Clock,
        ChosenSandbox,
        ToolRegistry,
        PauseRequests,
        ACTION_DIGEST_KEY,
      ],
      useFactory: (
        expressions: WorkerExpressionEngine,
        bus: BusClient,
        tools: ToolExecutor,
        clock: Clock,
        sandbox: ChosenSandbox,
        registry: ToolRegistry,
        pauses: PauseRequests,
        digestKey: Buffer,
      ): RuntimePorts => ({
        expressions,
        agents: AGENTS,
        agentPorts: { models: modelClient(bus), tools, sandbox: () => sandbox.choice() },
        findTool: (name, tenantId) => registry.find(name, tenantId),
        pauses,
        digestKey,
        clock: systemRunClock(() => clock.nowIso()),
        random: Math.random,
        stepFailed: ({ runId, nodeId, error }) =>
          logger.error({ err: error, run_id: runId, node_id: nodeId }, 'A step failed unexpectedly'),
      }),
    },
    {
      provide: RunRepository,
      inject: [EventStore, Clock],
      useFactory: (store: EventStore, clock: Clock) => new RunRepository(store, () => clock.nowIso()),
    },
    {
      provide: RunReads,
      inject: [Database, RunRepository, EventStore],
      useFactory: (database: Database, repository: RunRepository, store: EventStore) =>
        new RunReads(database, repository, store),
    },
    {
      provide: StandaloneRunWorker,
      inject: [RunRepository, WorkflowRegistry, RUNTIME_PORTS, EventStore],
      useFactory: (
        repository: RunRepository,
        registry: WorkflowRegistry,
        ports: RuntimePorts,
        store: EventStore,
      ) =>
        new StandaloneRunWorker(
          repository,
          registry,
          ports,
          new ConsultationRepository(store),
          ({ runId, error }) =>
            logger.warn({ err: error, run_id: runId }, 'A run was interrupted; it is taken up again'),
        ),
    },
    {
      provide: RunSweeper,
      inject: [RunReads, StandaloneRunWorker],
      useFactory: (reads: RunReads, worker: StandaloneRunWorker) => new RunSweeper(reads, worker),
    },
    {
      provide: StartAndWait,
      inject: [StandaloneRunWorker, RunReads, Health],
      useFactory: (worker: StandaloneRunWorker, reads: RunReads, health: Health) =>
        new StartAndWait(worker, reads, health.drainSignal),
    },
    {
      provide: ExecuteWorkflowHandler,
      inject: [WorkflowRegistry, StartAndWait],
      useFactory: (registry: WorkflowRegistry, runs: StartAndWait) =>
        new ExecuteWorkflowHandler(registry, runs),
    },
    {
      provide: ExecuteAgentHandler,
      inject: [WorkflowRegistry, StartAndWait, ChosenSandbox],
      useFactory: (registry: WorkflowRegistry, runs: StartAndWait, sandbox: ChosenSandbox) =>
        new ExecuteAgentHandler(registry, runs, sandbox),
    },
    {
      provide: ExecuteToolHandler,
      inject: [ToolRegistry, WorkflowRegistry, StartAndWait, RunRepository],
      useFactory: (
        tools: ToolRegistry,
        registry: WorkflowRegistry,
        runs: StartAndWait,
        repository: RunRepository,
      ) => new ExecuteToolHandler(tools, registry, runs, repository),
    },
    {
      provide: CancelRunHandler,
      inject: [
        RunRepository,
        ConversationRepository,
        RunReads,
        StandaloneRunWorker,
        BusClient,
        PAUSED_RUNS,
        EventStore,
        Clock,
      ],
      useFactory: (
        runs: RunRepository,
        conversations: ConversationRepository,
        reads: RunReads,
        worker: StandaloneRunWorker,
        bus: BusClient,
        paused: PausedRuns,
        store: EventStore,
        clock: Clock,
      ) =>
        new CancelRunHandler(
          runs,
          conversations,
          reads,
          worker,
          (tenantId, runId) =>
            // The run is cancelled all the same; its calls end with their own time.
            cancelModelCalls(bus, tenantId, runId).catch((error: unknown) =>
              logger.warn({ err: error, run_id: runId }, 'The model calls of a cancelled run go on'),
            ),
          paused,
          store,
          () => clock.nowIso(),
        ),
    },
    {
      provide: TURN_RUNNER,
      inject: [RunRepository, WorkflowRegistry, RUNTIME_PORTS, PAUSED_RUNS],
      useFactory: (...parts: ConstructorParameters<typeof ConversationTurnRunner>) =>
        new ConversationTurnRunner(...parts),
    },
  ],
  exports: [
    RunRepository,
    RunReads,
    StandaloneRunWorker,
    PauseRequests,
    ACTION_DIGEST_KEY,
    RUNTIME_PORTS,
    TURN_RUNNER,
  ],
})
export class RunModule {}
