import { BusClient } from '@baton/bus';
import { EventStore } from '@baton/event-store';
import { Clock, Database, Leases } from '@baton/service';
import { Module } from '@nestjs/common';

import { ConversationModule, CONTENT_HASH_KEY } from '../conversation/conversation.module.js';
import { ConversationReads } from '../conversation/conversation.reads.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { Memories } from '../conversation/memories.client.js';
import { CONVERSATION_WORKFLOWS, type ConversationWorkflows } from '../conversation/workflows.port.js';
import { RunModule } from '../run/run.module.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { TurnConsumer } from './turn.consumer.js';
import { TurnContexts } from './turn-context.js';
import { TURN_RUNNER, type TurnRunner } from './turn-runner.port.js';
import { TurnSweeper } from './turn.sweeper.js';
import { TurnWorker } from './turn.worker.js';

@Module({
  imports: [ConversationModule, WorkflowModule, RunModule],
  controllers: [TurnConsumer],
  providers: [
    {
      provide: TurnContexts,
      inject: [BusClient, ConversationReads],
      useFactory: (bus: BusClient, reads: ConversationReads) => new TurnContexts(bus, reads),
    },
    {
      provide: TurnWorker,
      inject: [
        ConversationRepository,
        EventStore,
        TURN_RUNNER,
        TurnContexts,
        Memories,
        CONVERSATION_WORKFLOWS,
        Leases,
        Clock,
        BusClient,
        CONTENT_HASH_KEY,
      ],
      useFactory: (
        repository: ConversationRepository,
        store: EventStore,
        runner: TurnRunner,
        contexts: TurnContexts,
        summaries: Memories,
        workflows: ConversationWorkflows,
        leases: Leases,
        clock: Clock,
        bus: BusClient,
        hashKey: Buffer,
      ) =>
        new TurnWorker({
          repository,
          store,
          runner,
          contexts,
          summaries,
          workflows,
          leases,
          clock,
          bus,
          hashKey,
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
