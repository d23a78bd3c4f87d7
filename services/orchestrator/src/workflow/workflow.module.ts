import { BusClient } from '@baton/bus';
import { Clock, CONFIG, Database } from '@baton/service';
import { type BeforeApplicationShutdown, Logger, Module, type OnModuleInit } from '@nestjs/common';

import { AGENTS } from '../agent/agents.js';
import type { OrchestratorConfig } from '../config.js';
import { CONVERSATION_WORKFLOWS } from '../conversation/workflows.port.js';
import { builtinTools } from '../tool/builtin/builtin-tools.js';
import { OrdersRepository } from '../tool/builtin/orders/orders.repository.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { RegisteredWorkflows } from './conversation-workflows.js';
import { WorkerExpressionEngine } from './expression/expression-engine.js';
import { isModelName } from './load/catalog.js';
import { WorkflowFolder } from './workflow-folder.js';
import { WorkflowRegistry } from './workflow.registry.js';
import { WorkflowRepository } from './workflow.repository.js';

const logger = new Logger('Workflows');

/** Workflows, the tools they may name and the engine of their expressions. */
@Module({
  providers: [
    { provide: WorkerExpressionEngine, useFactory: () => new WorkerExpressionEngine() },
    {
      provide: ToolRegistry,
      inject: [BusClient, Database, CONFIG],
      useFactory: (bus: BusClient, database: Database, config: OrchestratorConfig) =>
        new ToolRegistry(
          builtinTools({
            requester: bus,
            orders: new OrdersRepository(database),
            http: { allowed: config.BATON_HTTP_ALLOW ?? [] },
          }),
        ),
    },
    {
      provide: WorkflowRegistry,
      inject: [Database, ToolRegistry],
      useFactory: (database: Database, tools: ToolRegistry) =>
        new WorkflowRegistry(new WorkflowRepository(database), {
          tools: tools.names(),
          agents: new Set(AGENTS.keys()),
          knowsModel: isModelName,
        }),
    },
    {
      provide: CONVERSATION_WORKFLOWS,
      inject: [WorkflowRegistry, WorkerExpressionEngine, CONFIG, Clock],
      useFactory: (
        registry: WorkflowRegistry,
        engine: WorkerExpressionEngine,
        config: OrchestratorConfig,
        clock: Clock,
      ) =>
        new RegisteredWorkflows(registry, engine, config.BATON_DEFAULT_WORKFLOW, () => clock.now().getTime()),
    },
    {
      provide: WorkflowFolder,
      inject: [WorkflowRegistry, CONFIG],
      useFactory: (registry: WorkflowRegistry, config: OrchestratorConfig) =>
        new WorkflowFolder(config.BATON_WORKFLOWS_DIR, registry, {
          loaded: ({ file, name, version }) => logger.log(`${file}: ${name}, version ${version}`),
          refused: (file, errors) =>
            errors.forEach(({ line, column, path, message }) =>
              logger.error(`${file}:${line ?? 1}:${column ?? 1}: ${path}: ${message}`),
            ),
          failed: (error) => logger.error({ err: error }, `Could not read ${config.BATON_WORKFLOWS_DIR}`),
        }),
    },
  ],
  exports: [WorkerExpressionEngine, ToolRegistry, WorkflowRegistry, CONVERSATION_WORKFLOWS],
})
export class WorkflowModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly folder: WorkflowFolder,
    private readonly engine: WorkerExpressionEngine,
  ) {}

  /** Before anything runs: a message that comes at once finds its workflow. */
  async onModuleInit(): Promise<void> {
    await this.folder.load();
    this.folder.watch();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.folder.close();
    await this.engine.close();
  }
}
