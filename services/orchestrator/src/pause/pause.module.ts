import { BusClient } from '@baton/bus';
import { type PauseRunPoke, subjects } from '@baton/contracts';
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { CONSULTED_RUNS, type ConsultedRuns } from '../consultation/consulted-runs.port.js';
import { ConversationModule } from '../conversation/conversation.module.js';
import { ConversationRepository } from '../conversation/conversation.repository.js';
import { PauseRequests } from '../run/pause-requests.js';
import { RunModule } from '../run/run.module.js';
import { RunRepository } from '../run/run.repository.js';
import { StandaloneRunWorker } from '../run/standalone-run.worker.js';
import { ReleasedByConsultation } from './consulted-runs.js';

/** Runs that stand still for a talk: they hear that they are to, and go on when it is over. */
@Module({
  imports: [ConversationModule, RunModule],
  providers: [
    {
      provide: CONSULTED_RUNS,
      inject: [RunRepository, ConversationRepository, StandaloneRunWorker],
      useFactory: (
        runs: RunRepository,
        conversations: ConversationRepository,
        worker: StandaloneRunWorker,
      ): ConsultedRuns => new ReleasedByConsultation(runs, conversations, worker),
    },
  ],
  exports: [CONSULTED_RUNS],
})
export class PauseModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly requests: PauseRequests,
  ) {}

  /** Whoever plays the run hears it; lost with a worker, it is said again by the consultation. */
  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribe(subjects.pauseRun, (payload) => {
      const { run_id, consultation_id } = payload as PauseRunPoke;
      this.requests.ask(run_id, consultation_id);
    });
  }

  onApplicationShutdown(): void {
    this.unsubscribe?.();
  }
}
