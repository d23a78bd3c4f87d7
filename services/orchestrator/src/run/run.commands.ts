import type { EventOf, runCompleted, runFailed, runStarted } from '@baton/contracts';

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
export type RunCommand = StartRun | ResumeRun | CompleteRun | FailRun | CancelRun;
