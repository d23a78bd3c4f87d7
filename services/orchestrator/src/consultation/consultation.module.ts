import { BusClient } from '@baton/bus';
import { type PauseRunPoke, subjects } from '@baton/contracts';
import { EventStore, StreamQueue, Timers } from '@baton/event-store';
import { Clock, Database } from '@baton/service';
import { type BeforeApplicationShutdown, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';

import { ApprovalModule } from '../approval/approval.module.js';
import { ApprovalRepository } from '../approval/approval.repository.js';
import { ConversationModule } from '../conversation/conversation.module.js';
import { ConversationReads } from '../conversation/conversation.reads.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { Memories } from '../conversation/memories.client.js';
import { PauseModule } from '../pause/pause.module.js';
import { RUNTIME_PORTS, RunModule } from '../run/run.module.js';
import { RunRepository } from '../run/run.repository.js';
import type { RuntimePorts } from '../run/runtime.ports.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { AnswerPreparation } from './answer/answer-preparation.js';
import { AnswerWorker } from './answer/answer.worker.js';
import { AskAgentHandler } from './ask-agent.handler.js';
import { ConsultationContexts } from './consultation-context.js';
import { ConsultationIndex } from './consultation-index.js';
import { ConsultationLogModule } from './consultation-log.module.js';
import { ConsultationNewsroom } from './consultation-news.js';
import { ConsultationWatch } from './consultation-watch.js';
import { ConsultationConsumer } from './consultation.consumer.js';
import { ConsultationController } from './consultation.controller.js';
import { ConsultationReads } from './consultation.reads.js';
import { ConsultationRepository } from './consultation.repository.js';
import { CONSULTED_RUNS, type ConsultedRuns } from './consulted-runs.port.js';
import { ConsultedSubjects } from './consulted-subject.js';
import { EndConsultationHandler } from './end-consultation.handler.js';
import { StartConsultationHandler } from './start-consultation.handler.js';

const logger = new Logger('Consultation');

type PauseRun = (tenantId: string, runId: string, consultationId: string) => void;
const PAUSE_RUN = Symbol('PauseRun');

/** People talk with an agent about what it did, or is about to do. */
@Module({
  imports: [
    ConsultationLogModule,
    ApprovalModule,
    ConversationModule,
    PauseModule,
    RunModule,
    WorkflowModule,
  ],
  controllers: [ConsultationController, ConsultationConsumer],
  providers: [
    {
      provide: PAUSE_RUN,
      inject: [BusClient],
      useFactory:
        (bus: BusClient): PauseRun =>
        (tenant_id, run_id, consultation_id) =>
          bus.publish(subjects.pauseRun, { tenant_id, run_id, consultation_id } satisfies PauseRunPoke),
    },
    {
      provide: ConsultationNewsroom,
      inject: [BusClient],
      useFactory: (bus: BusClient) => new ConsultationNewsroom(bus),
    },
    {
      provide: ConsultedSubjects,
      inject: [Database, ApprovalRepository, RunRepository, ConversationRepository, WorkflowRegistry],
      useFactory: (...parts: ConstructorParameters<typeof ConsultedSubjects>) =>
        new ConsultedSubjects(...parts),
    },
    {
      provide: ConsultationReads,
      inject: [Database, ConsultationRepository, ConsultedSubjects, Memories],
      useFactory: (
        database: Database,
        repository: ConsultationRepository,
        subjectsOfTenant: ConsultedSubjects,
        memories: Memories,
      ) => new ConsultationReads(database, repository, new ConsultationContexts(subjectsOfTenant, memories)),
    },
    {
      provide: AnswerWorker,
      inject: [
        ConsultationRepository,
        ConsultedSubjects,
        ConversationReads,
        RUNTIME_PORTS,
        BusClient,
        PAUSE_RUN,
        ConsultationNewsroom,
        StreamQueue,
        Clock,
      ],
      useFactory: (
        repository: ConsultationRepository,
        subjectsOfTenant: ConsultedSubjects,
        reads: ConversationReads,
        ports: RuntimePorts,
        bus: BusClient,
        pauseRun: PauseRun,
        news: ConsultationNewsroom,
        queue: StreamQueue,
        clock: Clock,
      ) =>
        new AnswerWorker({
          repository,
          preparation: new AnswerPreparation(repository, subjectsOfTenant, reads, ports, bus, pauseRun),
          news,
          queue,
          nowIso: () => clock.nowIso(),
          nowMs: () => clock.nowMs(),
          failed: ({ consultationId, error }) =>
            logger.warn(
              { err: error, consultation_id: consultationId },
              'A question could not be answered just now',
            ),
        }),
    },
    {
      provide: StartConsultationHandler,
      inject: [
        ConsultedSubjects,
        ConsultationIndex,
        ConsultationRepository,
        ConsultationReads,
        ConsultationNewsroom,
        EventStore,
        PAUSE_RUN,
        Clock,
      ],
      useFactory: (
        subjectsOfTenant: ConsultedSubjects,
        index: ConsultationIndex,
        repository: ConsultationRepository,
        reads: ConsultationReads,
        news: ConsultationNewsroom,
        store: EventStore,
        pauseRun: PauseRun,
        clock: Clock,
      ) =>
        new StartConsultationHandler({
          subjects: subjectsOfTenant,
          index,
          repository,
          reads,
          news,
          store,
          pauseRun,
          nowIso: () => clock.nowIso(),
        }),
    },
    {
      provide: AskAgentHandler,
      inject: [
        ConsultationIndex,
        ConsultationRepository,
        ApprovalRepository,
        ConsultationNewsroom,
        AnswerWorker,
        StreamQueue,
        Clock,
      ],
      useFactory: (
        index: ConsultationIndex,
        repository: ConsultationRepository,
        approvals: ApprovalRepository,
        news: ConsultationNewsroom,
        worker: AnswerWorker,
        queue: StreamQueue,
        clock: Clock,
      ) =>
        new AskAgentHandler({
          index,
          repository,
          approvals,
          news,
          worker,
          queue,
          nowIso: () => clock.nowIso(),
        }),
    },
    {
      provide: EndConsultationHandler,
      inject: [
        ConsultationIndex,
        ConsultationRepository,
        ConsultationReads,
        ConsultationNewsroom,
        CONSULTED_RUNS,
        Clock,
      ],
      useFactory: (
        index: ConsultationIndex,
        repository: ConsultationRepository,
        reads: ConsultationReads,
        news: ConsultationNewsroom,
        runs: ConsultedRuns,
        clock: Clock,
      ) =>
        new EndConsultationHandler({
          index,
          repository,
          reads,
          news,
          runs,
          nowIso: () => clock.nowIso(),
        }),
    },
    {
      provide: ConsultationWatch,
      inject: [EndConsultationHandler, AnswerWorker, ConsultationRepository, EventStore, Clock],
      useFactory: (
        ending: EndConsultationHandler,
        worker: AnswerWorker,
        repository: ConsultationRepository,
        store: EventStore,
        clock: Clock,
      ) =>
        new ConsultationWatch(ending, worker, repository, store, {
          nowIso: () => clock.nowIso(),
          nowMs: () => clock.nowMs(),
        }),
    },
  ],
})
export class ConsultationModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly timers: Timers,
    @Inject(ConsultationWatch) private readonly watch: ConsultationWatch,
    @Inject(AnswerWorker) private readonly worker: AnswerWorker,
  ) {}

  onModuleInit(): void {
    this.watch.register(this.timers);
  }

  /** Questions under way are left to the next who comes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop();
  }
}
