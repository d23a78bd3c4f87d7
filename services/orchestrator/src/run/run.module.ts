import { BusClient } from '@baton/bus';
import { EventStore } from '@baton/event-store';
import { Clock } from '@baton/service';
import { Logger, Module } from '@nestjs/common';

import { AGENTS } from '../agent/agents.js';
import { modelClient } from '../agent/model.client.js';
import { ToolExecutor } from '../tool/tool-executor.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { TURN_RUNNER } from '../turn/turn-runner.port.js';
import { WorkerExpressionEngine } from '../workflow/expression/expression-engine.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { ConversationTurnRunner } from './conversation-turn.runner.js';
import { systemRunClock } from './run-clock.js';
import { RunRepository } from './run.repository.js';
import type { RuntimePorts } from './runtime.ports.js';

/** What every run of this process is played with. */
export const RUNTIME_PORTS = Symbol('RuntimePorts');

const logger = new Logger('Run');

@Module({
  imports: [WorkflowModule],
  providers: [
    {
      provide: RunRepository,
      inject: [EventStore, Clock],
      useFactory: (store: EventStore, clock: Clock) => new RunRepository(store, () => clock.nowIso()),
    },
    {
      provide: RUNTIME_PORTS,
      inject: [WorkerExpressionEngine, BusClient, ToolRegistry, Clock],
      useFactory: (
        expressions: WorkerExpressionEngine,
        bus: BusClient,
        tools: ToolRegistry,
        clock: Clock,
      ): RuntimePorts => ({
        expressions,
        agents: AGENTS,
        agentPorts: {
          models: modelClient(bus),
          tools: new ToolExecutor(tools, {
            toolFailed: ({ tool, runId, error }) =>
              logger.warn({ err: error, tool, run_id: runId }, 'A tool failed'),
          }),
        },
        clock: systemRunClock(() => clock.nowIso()),
        random: Math.random,
        stepFailed: ({ runId, nodeId, error }) =>
          logger.warn({ err: error, run_id: runId, node_id: nodeId }, 'A step failed'),
      }),
    },
    {
      provide: TURN_RUNNER,
      inject: [RunRepository, WorkflowRegistry, RUNTIME_PORTS],
      useFactory: (repository: RunRepository, registry: WorkflowRegistry, ports: RuntimePorts) =>
        new ConversationTurnRunner(repository, registry, ports),
    },
  ],
  exports: [RunRepository, RUNTIME_PORTS, TURN_RUNNER],
})
export class RunModule {}
