import type { ActionPlan, consultationStarted, EventOf, Usage } from '@baton/contracts';

/** A message of Baton's own; ids come with the command. */
export interface Notice {
  readonly message_id: string;
  readonly content: string;
}

export interface StartConsultation {
  readonly type: 'Start';
  readonly consultation: EventOf<typeof consultationStarted>['data'];
  readonly opening: Notice;
}
export interface Ask {
  readonly type: 'Ask';
  readonly message_id: string;
  /** The id that the answer will have. */
  readonly answer_id: string;
  readonly content: string;
  readonly asked_by: string;
}
/** The answer takes its time: said once for each question. */
export interface TellSlow {
  readonly type: 'TellSlow';
  readonly question_id: string;
  readonly notice: Notice;
}
export interface Answer {
  readonly type: 'Answer';
  readonly question_id: string;
  readonly content: string;
  readonly tools: readonly { readonly tool: string; readonly outcome: string }[];
  readonly proposed_plan: ActionPlan | null;
  readonly usage: Usage;
}
/** No answer will come: that is said in its place. */
export interface FailAnswer {
  readonly type: 'FailAnswer';
  readonly question_id: string;
  readonly content: string;
  readonly error: { readonly code: string; readonly message: string };
}
export interface End {
  readonly type: 'End';
  readonly outcome: 'COMPLETED' | 'CANCELLED';
  readonly cause: 'ended' | 'decided' | 'idle' | 'over';
  /** Null where nothing can be said any more, since its key was destroyed. */
  readonly closing: Notice | null;
}
export type ConsultationCommand = StartConsultation | Ask | TellSlow | Answer | FailAnswer | End;
