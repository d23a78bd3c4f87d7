import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { ActionPlan } from './approval.js';
import { defineEvent, type EventOf } from './define-event.js';
import { Usage } from './shared.js';

export const CONSULTATION_STATUSES = ['ACTIVE', 'COMPLETED', 'CANCELLED'] as const;
export const ConsultationStatus = z.enum(CONSULTATION_STATUSES);
export type ConsultationStatus = z.infer<typeof ConsultationStatus>;

export const CONSULTATION_ROLES = ['HUMAN', 'AGENT', 'SYSTEM'] as const;
export const ConsultationRole = z.enum(CONSULTATION_ROLES);
export type ConsultationRole = z.infer<typeof ConsultationRole>;

/** What it is about: in every event of its stream. */
const About = {
  consultation_id: z.string(),
  approval_id: z.string().nullable(),
  run_id: z.string().nullable(),
  conversation_id: z.string().nullable(),
};
const about = {
  consultation_id: 'cons_1',
  approval_id: 'appr_1',
  run_id: 'run_1',
  conversation_id: 'conv_123',
};

/** Somebody from the team talks with the agent about what it did, or is about to do. */
export const consultationStarted = defineEvent({
  type: 'consultation.started',
  version: 1,
  schema: z.object({
    ...About,
    workflow: z.object({ name: CallerToken, version: z.int().min(0) }),
    /** The node that speaks: whose plan it is, or the last agent that worked. */
    node_id: z.string().nullable(),
    /** A run that is at work is to stop at its next step boundary, and goes on when this ends. */
    pauses_run: z.boolean(),
    started_by: z.string(),
  }),
  personal: [],
  example: {
    ...about,
    workflow: { name: 'order_management', version: 1 },
    node_id: 'handle',
    pauses_run: false,
    started_by: 'lena',
  },
});

/** One message of either side; SYSTEM opens and closes the history. */
export const consultationMessage = defineEvent({
  type: 'consultation.message',
  version: 1,
  schema: z.object({
    ...About,
    message_id: z.string(),
    role: ConsultationRole,
    content: z.string(),
    /** Who wrote it, the tools that were read for it, a plan that it proposes, or what went wrong. */
    metadata: z.object({
      agent_id: z.string().optional(),
      in_reply_to: z.string().optional(),
      /** Of a question: the id of the message that will answer it, and of what is said of it until then. */
      answer_id: z.string().optional(),
      tools: z.array(z.object({ tool: z.string(), outcome: z.string() })).optional(),
      proposed_plan: ActionPlan.optional(),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
      usage: Usage.optional(),
    }),
  }),
  personal: ['content', 'metadata'],
  example: {
    ...about,
    message_id: 'msg_7',
    role: 'HUMAN',
    content: 'Why the whole amount?',
    metadata: { agent_id: 'lena' },
  },
});

export const consultationEnded = defineEvent({
  type: 'consultation.ended',
  version: 1,
  schema: z.object({
    ...About,
    outcome: z.enum(['COMPLETED', 'CANCELLED']),
    cause: z.enum(['ended', 'decided', 'idle', 'over']),
  }),
  personal: [],
  example: { ...about, outcome: 'COMPLETED', cause: 'decided' },
});

export const consultationEvents = [consultationStarted, consultationMessage, consultationEnded] as const;
export type ConsultationEvent = EventOf<(typeof consultationEvents)[number]>;
