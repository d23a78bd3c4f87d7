import { BusClient } from '@baton/bus';
import { EventStore } from '@baton/event-store';
import { Clock, Database, Leases, Metrics } from '@baton/service';
import { Module } from '@nestjs/common';

import { ApprovalRepository } from '../approval/approval.repository.js';
import { ConsultationRepository } from '../consultation/consultation.repository.js';
import { ConversationModule, CONTENT_HASH_KEY } from '../conversation/conversation.module.js';
import { ConversationReads } from '../conversation/conversation.reads.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { Memories } from '../conversation/memories.client.js';
import { TurnSlots } from '../conversation/turn-slots.js';
import { CONVERSATION_WORKFLOWS, type ConversationWorkflows } from '../conversation/workflows.port.js';
import { RepetitionChecks } from '../repetition/repetition-check.js';
import { RunModule } from '../run/run.module.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { TurnBeginning } from './turn-beginning.js';
import { TurnConsumer } from './turn.consumer.js';
import { TurnContexts } from './turn-context.js';
import { TurnEnding } from './turn-ending.js';
import { TURN_RUNNER, type TurnRunner } from './turn-runner.port.js';
import { TurnSweeper } from './turn.sweeper.js';
import { TurnWorker } from './turn.worker.js';

@Module({
  imports: [ConversationModule, WorkflowModule, RunModule],
  controllers: [TurnConsumer],
  providers: [
    {
      provide: ApprovalRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ApprovalRepository(store),
    },
    {
      provide: ConsultationRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ConsultationRepository(store),
    },
    {
      provide: TurnContexts,
      inject: [BusClient, ConversationReads],
      useFactory: (bus: BusClient, reads: ConversationReads) => new TurnContexts(bus, reads),
    },
    {
      provide: TurnBeginning,
      inject: [ConversationRepository, EventStore, TURN_RUNNER, Clock],
      useFactory: (repository: ConversationRepository, store: EventStore, runner: TurnRunner, clock: Clock) =>
        new TurnBeginning(repository, store, runner, clock),
    },
    {
      provide: TurnEnding,
      inject: [
        ConversationRepository,
        TurnContexts,
        Memories,
        CONVERSATION_WORKFLOWS,
        Clock,
        CONTENT_HASH_KEY,
        ApprovalRepository,
        ConsultationRepository,
        Metrics,
      ],
      useFactory: (...parts: ConstructorParameters<typeof TurnEnding>) => new TurnEnding(...parts),
    },
    {
      provide: RepetitionChecks,
      inject: [ConversationReads, BusClient, Clock, CONTENT_HASH_KEY],
      useFactory: (reads: ConversationReads, bus: BusClient, clock: Clock, hashKey: Buffer) =>
        new RepetitionChecks(reads, bus, () => clock.now().getTime(), hashKey),
    },
    {
      provide: TurnWorker,
      inject: [
        ConversationRepository,
        TurnBeginning,
        TurnEnding,
        TURN_RUNNER,
        TurnContexts,
        RepetitionChecks,
        CONVERSATION_WORKFLOWS,
        Leases,
        Clock,
        BusClient,
        TurnSlots,
      ],
      useFactory: (
        repository: ConversationRepository,
        beginning: TurnBeginning,
        ending: TurnEnding,
        runner: TurnRunner,
        contexts: TurnContexts,
        repetition: RepetitionChecks,
        workflows: ConversationWorkflows,
        leases: Leases,
        clock: Clock,
        bus: BusClient,
        slots: TurnSlots,
      ) =>
        new TurnWorker({
          repository,
          beginning,
          ending,
          runner,
          contexts,
          repetition,
          workflows,
          leases,
          clock,
          bus,
          slots,
        }),
    },
    {
      provide: TurnSweeper,
      inject: [Database, TurnWorker, BusClient],
      useFactory: (database: Database, worker: TurnWorker, bus: BusClient) =>
        new TurnSweeper(database, worker, bus),
    },
  ],
})
export class TurnModule {}
