import { EventStore } from '@baton/event-store';
import { Database } from '@baton/service';
import { Module } from '@nestjs/common';

import { ConsultationIndex } from './consultation-index.js';
import { ConsultationRepository } from './consultation.repository.js';
import { EndedByDecision } from './ended-consultations.js';

/** For whoever decides what consultations are about: {@link ConsultationEndings}. */
export const CONSULTATION_ENDINGS = Symbol('ConsultationEndings');

/** Consultations in the log, and nothing that needs an agent: whoever ends them with a decision imports this. */
@Module({
  providers: [
    {
      provide: ConsultationRepository,
      inject: [EventStore],
      useFactory: (store: EventStore) => new ConsultationRepository(store),
    },
    {
      provide: ConsultationIndex,
      inject: [Database],
      useFactory: (database: Database) => new ConsultationIndex(database),
    },
    {
      provide: CONSULTATION_ENDINGS,
      inject: [ConsultationIndex, ConsultationRepository],
      useFactory: (index: ConsultationIndex, repository: ConsultationRepository) =>
        new EndedByDecision(index, repository),
    },
  ],
  exports: [ConsultationRepository, ConsultationIndex, CONSULTATION_ENDINGS],
})
export class ConsultationLogModule {}
