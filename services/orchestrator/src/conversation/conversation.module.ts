import { BusClient } from '@baton/bus';
import { EventStore, Keyring, StreamQueue, Timers } from '@baton/event-store';
import { Clock, CONFIG, Database, deriveKey, Health, Metrics } from '@baton/service';
import { Module, type OnModuleInit } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { CONTENT_HASH_LABEL } from '../key-labels.js';
import { pausedRuns } from '../pause/paused-runs.provider.js';
import { ArchiveModule } from '../retention/archive.module.js';
import { ArchiveRepository } from '../retention/archive.repository.js';
import { CancellableRuns } from '../run/interruptible-runs.js';
import { RunRepository } from '../run/run.repository.js';
import { WorkflowModule } from '../workflow/workflow.module.js';
import { ConversationCommandHandler } from './command-handler.js';
import { ConversationController } from './conversation.controller.js';
import { ConversationReads } from './conversation.reads.js';
import { ConversationRepository } from './conversation.repository.js';
import { ERASE_TIMER, EraseHandler } from './erase.handler.js';
import { HandoverHandler } from './handover.handler.js';
import { INTERRUPTIBLE_RUNS, type InterruptibleRuns } from './interruptible-runs.port.js';
import { Memories } from './memories.client.js';
import { NotesHandler } from './notes.handler.js';
import { ReceiveMessageHandler } from './receive-message.handler.js';
import { TurnSlots } from './turn-slots.js';
import { turnSlots } from './turn-slots.provider.js';
import { PAUSED_RUNS, type PausedRunsPort } from './paused-runs.port.js';
import { CustomerPresence } from './wait/customer-presence.client.js';
import { HumanStretchTimers } from './wait/human-stretch.timers.js';
import { WaitHandler } from './wait/wait.handler.js';
import { CONVERSATION_WORKFLOWS, type ConversationWorkflows } from './workflows.port.js';

/** Key of the content hashes of messages and replies. */
export const CONTENT_HASH_KEY = Symbol('CONTENT_HASH_KEY');

@Module({
  imports: [WorkflowModule, ArchiveModule],
  controllers: [ConversationController],
  providers: [
    {
      provide: CONTENT_HASH_KEY,
      inject: [CONFIG],
      useFactory: (config: OrchestratorConfig) => deriveKey(config.BATON_SECRET, CONTENT_HASH_LABEL),
    },
    {
      provide: ConversationRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ConversationRepository(store),
    },
    {
      provide: ConversationReads,
      inject: [Database, EventStore],
      useFactory: (database: Database, store: EventStore) => new ConversationReads(database, store),
    },
    {
      provide: TurnSlots,
      inject: [CONFIG, Clock, Health, Metrics],
      useFactory: turnSlots,
    },
    {
      provide: Memories,
      inject: [BusClient],
      useFactory: (bus: BusClient) => new Memories(bus),
    },
    {
      provide: ConversationCommandHandler,
      inject: [ConversationRepository, ConversationReads, StreamQueue, Clock],
      useFactory: (
        repository: ConversationRepository,
        reads: ConversationReads,
        queue: StreamQueue,
        clock: Clock,
      ) => new ConversationCommandHandler(repository, reads, queue, clock),
    },
    {
      provide: INTERRUPTIBLE_RUNS,
      inject: [EventStore, Clock],
      useFactory: (store: EventStore, clock: Clock): InterruptibleRuns => {
        const nowIso = (): string => clock.nowIso();
        return new CancellableRuns(new RunRepository(store, nowIso), nowIso);
      },
    },
    {
      provide: PAUSED_RUNS,
      inject: [EventStore, Database, Clock],
      useFactory: pausedRuns,
    },
    {
      provide: ReceiveMessageHandler,
      inject: [
        ConversationCommandHandler,
        ConversationReads,
        CONVERSATION_WORKFLOWS,
        INTERRUPTIBLE_RUNS,
        TurnSlots,
        CONTENT_HASH_KEY,
      ],
      useFactory: (
        commands: ConversationCommandHandler,
        reads: ConversationReads,
        workflows: ConversationWorkflows,
        runs: InterruptibleRuns,
        slots: TurnSlots,
        key: Buffer,
      ) => new ReceiveMessageHandler(commands, reads, workflows, runs, slots, key),
    },
    {
      provide: HandoverHandler,
      inject: [ConversationCommandHandler, ConversationReads, CONVERSATION_WORKFLOWS, Memories, PAUSED_RUNS],
      useFactory: (
        commands: ConversationCommandHandler,
        reads: ConversationReads,
        workflows: ConversationWorkflows,
        summaries: Memories,
        pausedRuns: PausedRunsPort,
      ) => new HandoverHandler(commands, reads, workflows, summaries, pausedRuns),
    },
    {
      provide: WaitHandler,
      inject: [ConversationCommandHandler, HandoverHandler, CONVERSATION_WORKFLOWS],
      useFactory: (
        commands: ConversationCommandHandler,
        handovers: HandoverHandler,
        workflows: ConversationWorkflows,
      ) => new WaitHandler(commands, handovers, workflows),
    },
    {
      provide: HumanStretchTimers,
      inject: [WaitHandler, ConversationCommandHandler, BusClient, EventStore, Clock],
      useFactory: (
        waits: WaitHandler,
        commands: ConversationCommandHandler,
        bus: BusClient,
        store: EventStore,
        clock: Clock,
      ) => new HumanStretchTimers(waits, commands, new CustomerPresence(bus), store, clock),
    },
    {
      provide: NotesHandler,
      inject: [ConversationCommandHandler],
      useFactory: (commands: ConversationCommandHandler) => new NotesHandler(commands),
    },
    {
      provide: EraseHandler,
      inject: [
        ConversationCommandHandler,
        Database,
        Keyring,
        Clock,
        Memories,
        ArchiveRepository,
        PAUSED_RUNS,
      ],
      useFactory: (
        commands: ConversationCommandHandler,
        database: Database,
        keyring: Keyring,
        clock: Clock,
        memories: Memories,
        archive: ArchiveRepository,
        pausedRuns: PausedRunsPort,
      ) => new EraseHandler(commands, database, keyring, clock, memories, archive, pausedRuns),
    },
  ],
  exports: [
    PAUSED_RUNS,
    ConversationCommandHandler,
    TurnSlots,
    ConversationRepository,
    ConversationReads,
    EraseHandler,
    Memories,
    CONTENT_HASH_KEY,
  ],
})
export class ConversationModule implements OnModuleInit {
  constructor(
    private readonly timers: Timers,
    private readonly erasure: EraseHandler,
    private readonly stretches: HumanStretchTimers,
  ) {}

  onModuleInit(): void {
    this.stretches.register(this.timers);
    this.timers.on(ERASE_TIMER, (timer) =>
      this.erasure.destroy(
        timer.tenantId,
        timer.payload['conversation_id'] as string,
        timer.payload['keep_archive'] === true,
      ),
    );
  }
}
