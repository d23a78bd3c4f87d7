import { EventStore, Timers } from '@baton/event-store';
import { Clock, Database } from '@baton/service';
import { Module, type OnModuleInit } from '@nestjs/common';

import { ConversationModule } from '../conversation/conversation.module.js';
import { ConversationReads } from '../conversation/conversation.reads.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { PAUSED_RUNS } from '../conversation/paused-runs.port.js';
import { ApprovalWatches } from '../pause/approval-watch.js';
import { DecideApprovalHandler } from '../pause/decide-approval.handler.js';
import { EditedActions } from '../pause/edited-action.js';
import type { PausedRuns } from '../pause/paused-runs.js';
import { SettledRuns } from '../pause/settle-run.js';
import { ACTION_DIGEST_KEY, RunModule } from '../run/run.module.js';
import { RunRepository } from '../run/run.repository.js';
import { StandaloneRunWorker } from '../run/standalone-run.worker.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { WorkerExpressionEngine } from '../workflow/expression/expression-engine.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { ApprovalController } from './approval.controller.js';
import { ApprovalReads } from './approval.reads.js';
import { ApprovalRepository } from './approval.repository.js';

@Module({
  imports: [WorkflowModule, ConversationModule, RunModule],
  controllers: [ApprovalController],
  providers: [
    {
      provide: ApprovalRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ApprovalRepository(store),
    },
    {
      provide: ApprovalReads,
      inject: [Database, ApprovalRepository],
      useFactory: (database: Database, approvals: ApprovalRepository) =>
        new ApprovalReads(database, approvals),
    },
    {
      provide: EditedActions,
      inject: [WorkflowRegistry, ToolRegistry, WorkerExpressionEngine],
      useFactory: (workflows: WorkflowRegistry, tools: ToolRegistry, engine: WorkerExpressionEngine) =>
        new EditedActions(workflows, tools, engine),
    },
    {
      provide: SettledRuns,
      inject: [RunRepository, ConversationRepository],
      useFactory: (runs: RunRepository, conversations: ConversationRepository) =>
        new SettledRuns(runs, conversations),
    },
    {
      provide: DecideApprovalHandler,
      inject: [
        ApprovalRepository,
        ApprovalReads,
        ConversationReads,
        RunRepository,
        ConversationRepository,
        EditedActions,
        PAUSED_RUNS,
        SettledRuns,
        StandaloneRunWorker,
        ACTION_DIGEST_KEY,
        Clock,
      ],
      useFactory: (
        approvals: ApprovalRepository,
        reads: ApprovalReads,
        keys: ConversationReads,
        runs: RunRepository,
        conversations: ConversationRepository,
        edits: EditedActions,
        paused: PausedRuns,
        settled: SettledRuns,
        worker: StandaloneRunWorker,
        digestKey: Buffer,
        clock: Clock,
      ) =>
        new DecideApprovalHandler({
          approvals,
          reads,
          keys,
          runs,
          conversations,
          edits,
          paused,
          settled,
          worker,
          digestKey,
          nowIso: () => clock.nowIso(),
        }),
    },
    {
      provide: ApprovalWatches,
      inject: [
        ApprovalRepository,
        RunRepository,
        ConversationRepository,
        PAUSED_RUNS,
        SettledRuns,
        StandaloneRunWorker,
        EventStore,
        Clock,
      ],
      useFactory: (
        approvals: ApprovalRepository,
        runs: RunRepository,
        conversations: ConversationRepository,
        paused: PausedRuns,
        settled: SettledRuns,
        worker: StandaloneRunWorker,
        store: EventStore,
        clock: Clock,
      ) => new ApprovalWatches({ approvals, runs, conversations, paused, settled, worker, store, clock }),
    },
  ],
  exports: [ApprovalRepository],
})
export class ApprovalModule implements OnModuleInit {
  constructor(
    private readonly timers: Timers,
    private readonly watches: ApprovalWatches,
  ) {}

  onModuleInit(): void {
    this.watches.register(this.timers);
  }
}
