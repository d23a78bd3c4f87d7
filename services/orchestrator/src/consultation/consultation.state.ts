import type { ConsultationStatus } from '@baton/contracts';

/** A question that nobody has answered yet. */
export interface OpenQuestion {
  readonly message_id: string;
  /** The id that its answer will have. */
  readonly answer_id: string;
  readonly asked_at: string;
  /** It was said that the answer takes its time. */
  readonly is_told_slow: boolean;
}

/** A consultation as its events tell it; what was said in it stays in the log, however long it gets. */
export type Consultation = { readonly status: 'NONE' } | KnownConsultation;

export interface KnownConsultation {
  readonly status: ConsultationStatus;
  readonly consultation_id: string;
  readonly approval_id: string | null;
  readonly run_id: string | null;
  readonly conversation_id: string | null;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly node_id: string | null;
  readonly pauses_run: boolean;
  readonly started_by: string;
  /** Oldest first: answered in this order. */
  readonly open_questions: readonly OpenQuestion[];
  /** Questions of people, answered or not. */
  readonly asked: number;
  readonly started_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
}

/** One is joined by whoever starts another about the same. */
export const subjectOf = (
  about: Pick<KnownConsultation, 'approval_id' | 'run_id' | 'conversation_id'>,
): string => {
  if (about.approval_id !== null) return `approval/${about.approval_id}`;
  return about.run_id !== null ? `run/${about.run_id}` : `conversation/${about.conversation_id ?? ''}`;
};
