import { z } from 'zod';

import type { ActionPlan, RiskAssessment } from '../events/approval.js';
import { type ConsultationRole, ConsultationStatus } from '../events/consultation.js';
import { Characters } from '../text.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

export interface ConsultationMessageView {
  readonly message_id: string;
  readonly consultation_id: string;
  /** Its place in the history: ascends, and may skip. */
  readonly position: number;
  readonly role: ConsultationRole;
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timestamp: string;
}

export interface ConsultationView {
  readonly consultation_id: string;
  /** The workflow's name: what the agent works for. */
  readonly workflow_id: string;
  /** The node that speaks. */
  readonly agent_id: string;
  readonly agent_name: string;
  readonly approval_id: string | null;
  readonly run_id: string | null;
  readonly conversation_id: string | null;
  readonly status: ConsultationStatus;
  /** What it is about, as people may read it. */
  readonly context: {
    readonly plan: ActionPlan | null;
    readonly risk_assessment: RiskAssessment | null;
    readonly summary: string | null;
    readonly steps: readonly { readonly id: string; readonly status: string }[];
  };
  /** The latest, oldest first; the rest page by page. */
  readonly messages: readonly ConsultationMessageView[];
  readonly started_at: string;
  readonly completed_at: string | null;
}

/** What is heard on {@link subjects.consultationNews}; whoever missed one reads the messages behind what it has. */
export type ConsultationNews =
  | { readonly type: 'message'; readonly version: number; readonly message: ConsultationMessageView }
  | {
      readonly type: 'ended';
      readonly version: number;
      readonly outcome: 'COMPLETED' | 'CANCELLED';
      readonly cause: string;
    };

/** What is said on {@link subjects.pauseRun}. */
export interface PauseRunPoke {
  readonly tenant_id: string;
  readonly run_id: string;
  readonly consultation_id: string;
}

const one = z.object({ consultation_id: z.string() });

export const consultationRequests = {
  /** Exactly one of the three. */
  start: defineRequest<Replayable<ConsultationView>>()(
    'consultation.start',
    z.object({
      approval_id: z.string().optional(),
      run_id: z.string().optional(),
      conversation_id: z.string().optional(),
    }),
  ),
  list: defineRequest<Page<ConsultationView>>()(
    'consultation.list',
    PageQuery.extend({
      status: ConsultationStatus.optional(),
      approval_id: z.string().optional(),
      run_id: z.string().optional(),
      conversation_id: z.string().optional(),
    }),
  ),
  get: defineRequest<ConsultationView>()('consultation.get', one),
  /** Oldest first; `after` a message that the caller has. */
  messages: defineRequest<Page<ConsultationMessageView>>()(
    'consultation.messages',
    one.extend(PageQuery.shape).extend({ after: z.string().max(128).optional() }),
  ),
  /** Answers with the question as it stands in the history: whoever waits for `metadata.answer_id` hears the answer. */
  send: defineRequest<Replayable<ConsultationMessageView>>()(
    'consultation.send',
    one.extend({ message: Characters(32_000, 1) }),
  ),
  end: defineRequest<Replayable<ConsultationView>>()(
    'consultation.end',
    one.extend({ outcome: z.enum(['COMPLETED', 'CANCELLED']) }),
  ),
} as const;
