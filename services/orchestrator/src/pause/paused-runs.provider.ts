import type { EventStore } from '@baton/event-store';
import type { Clock, Database } from '@baton/service';

import { ApprovalRepository } from '../approval/approval.repository.js';
import { ConsultationIndex } from '../consultation/consultation-index.js';
import { ConsultationRepository } from '../consultation/consultation.repository.js';
import { EndedByDecision } from '../consultation/ended-consultations.js';
import { RunRepository } from '../run/run.repository.js';
import { PausedRuns } from './paused-runs.js';

/** Straight from the log: conversations need it, and what it needs stands on conversations. */
export const pausedRuns = (store: EventStore, database: Database, clock: Clock): PausedRuns =>
  new PausedRuns(
    new RunRepository(store, () => clock.nowIso()),
    new ApprovalRepository(store),
    new EndedByDecision(new ConsultationIndex(database), new ConsultationRepository(store)),
  );
