import { Clock, CONFIG, Database, deriveKey } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';

import { AGENTS } from '../agent/agents.js';
import type { OrchestratorConfig } from '../config.js';
import { CONVERSATION_WORKFLOWS } from '../conversation/workflows.port.js';
import { CUSTOMER_HASH_LABEL } from '../key-labels.js';
import { ToolModule } from '../tool/tool.module.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { RegisteredWorkflows } from './conversation-workflows.js';
import { WorkerExpressionEngine } from './expression/expression-engine.js';
import { isModelName } from './load/catalog.js';
import { WorkflowController } from './workflow.controller.js';
import { WorkflowFolder } from './workflow-folder.js';
import { WorkflowRegistry } from './workflow.registry.js';
import { WorkflowRepository } from './workflow.repository.js';

const logger = new Logger('Workflows');

/** Workflows, the tools they may name and the engine of their expressions. */
@Module({
  imports: [ToolModule],
  controllers: [WorkflowController],
  providers: [
    { provide: WorkerExpressionEngine, useFactory: () => new WorkerExpressionEngine() },
    {
      provide: WorkflowRepository,
      inject: [Database],
      useFactory: (database: Database) => new WorkflowRepository(database),
    },
    {
      provide: WorkflowRegistry,
      inject: [WorkflowRepository, ToolRegistry],
      useFactory: (repository: WorkflowRepository, tools: ToolRegistry) =>
        new WorkflowRegistry(repository, {
          tools,
          agents: new Set(AGENTS.keys()),
          knowsModel: isModelName,
        }),
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
    {
      provide: CONVERSATION_WORKFLOWS,
      inject: [WorkflowRegistry, WorkerExpressionEngine, CONFIG, Clock],
      useFactory: (
        registry: WorkflowRegistry,
        engine: WorkerExpressionEngine,
        config: OrchestratorConfig,
        clock: Clock,
      ) =>
        new RegisteredWorkflows(
          registry,
          engine,
          config.BATON_DEFAULT_WORKFLOW,
          () => clock.nowMs(),
          deriveKey(config.BATON_SECRET, CUSTOMER_HASH_LABEL),
        ),
    },
  ],
  exports: [CONVERSATION_WORKFLOWS, WorkflowRegistry, WorkerExpressionEngine, ToolModule],
})
export class WorkflowModule implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly folder: WorkflowFolder,
    private readonly engine: WorkerExpressionEngine,
  ) {}

  /** Before anything runs: a message that comes at once finds its workflow. */
  async onModuleInit(): Promise<void> {
    await this.folder.load();
    this.folder.watch();
    this.engine.warmUp();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.folder.close();
  }

  /** Behind the runs that were let to end. */
  async onApplicationShutdown(): Promise<void> {
    await this.engine.close();
  }
}
