import type {
  EventOf,
  runCompleted,
  runConsulted,
  runDecisionRecorded,
  runFailed,
  runPaused,
  runStarted,
} from '@baton/contracts';

export interface StartRun {
  readonly type: 'StartRun';
  readonly run: EventOf<typeof runStarted>['data'];
}
/** Another worker goes on with it. */
export interface ResumeRun {
  readonly type: 'ResumeRun';
}
export interface CompleteRun {
  readonly type: 'CompleteRun';
  readonly result: Omit<EventOf<typeof runCompleted>['data'], 'usage'>;
}
export interface FailRun {
  readonly type: 'FailRun';
  readonly error: EventOf<typeof runFailed>['data']['error'];
}
export interface CancelRun {
  readonly type: 'CancelRun';
  readonly reason: string;
}
/** It waits for people; what it waits for already may change, where an action was edited. */
export interface PauseRun {
  readonly type: 'PauseRun';
  readonly pause: EventOf<typeof runPaused>['data'];
}
/** What it waits for was decided. */
export interface RecordDecision {
  readonly type: 'RecordDecision';
  readonly decision: EventOf<typeof runDecisionRecorded>['data'];
}
/** What was said while it stood still. */
export interface RecordConsultation {
  readonly type: 'RecordConsultation';
  readonly consultation: EventOf<typeof runConsulted>['data'];
}
export type RunCommand =
  StartRun | ResumeRun | PauseRun | RecordDecision | RecordConsultation | CompleteRun | FailRun | CancelRun;
