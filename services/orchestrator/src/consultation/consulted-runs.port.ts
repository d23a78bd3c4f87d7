import type { Consulted } from './consultation-endings.js';
import type { KnownConsultation } from './consultation.state.js';
import type { Contribution } from './consultation.repository.js';

/** The run that stands still for a consultation: whoever pauses and resumes runs knows how it goes on. */
export interface ConsultedRuns {
  /**
   * What belongs into the commit that ends the consultation, for its run to go on; null where no run stands still for
   * it. Asked again after a conflict.
   */
  release(
    tenantId: string,
    consultation: KnownConsultation,
    consulted: Consulted | null,
    now: string,
  ): Promise<ReleasedRun | null>;
}

export interface ReleasedRun extends Contribution {
  /** Called behind the commit: the run may be taken up now. */
  readonly released: () => void;
}

export const CONSULTED_RUNS = Symbol('ConsultedRuns');
