import type { ApprovalView, ConversationState } from '@baton/contracts';

/** The parts of the AI SDK's UI message stream, version 1, that we speak. */
export type UiChunk =
  | { readonly type: 'start'; readonly messageId?: string }
  | { readonly type: 'start-step' | 'finish-step' | 'reset-step' }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | { readonly type: 'data-handover'; readonly id: string; readonly data: HandoverData }
  | { readonly type: 'data-state'; readonly id: string; readonly data: StateData }
  | { readonly type: 'data-approval'; readonly id: string; readonly data: ApprovalData }
  | { readonly type: 'data-conversation'; readonly data: ConversationData; readonly transient: true }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'finish'; readonly finishReason: 'stop' | 'error' | 'other' };

/** A person takes over, or is awaited. */
export interface HandoverData {
  readonly handover_id: string;
  readonly reason: string;
  readonly state: ConversationState;
  readonly queue: { readonly position: number; readonly estimated_wait_seconds: number } | null;
}

/** A person is looking before the AI goes on: all that a customer is told of it. */
export interface StateData {
  readonly state: ConversationState;
  readonly reason: string;
}

/** What a person is to decide, for front-ends of the team. */
export type ApprovalData = Pick<
  ApprovalView,
  | 'approval_id'
  | 'run_id'
  | 'kind'
  | 'plan'
  | 'risk_assessment'
  | 'required_role'
  | 'approvals_needed'
  | 'status'
  | 'expires_at'
>;

/** How the conversation stands; not kept in the message. */
export interface ConversationData {
  readonly conversation_id: string;
  readonly state: ConversationState;
  /** To go on behind: `?after=` of the stream. */
  readonly version: number;
}

export const UI_STREAM_HEADER = 'x-vercel-ai-ui-message-stream';
export const UI_STREAM_VERSION = 'v1';
export const DONE = 'data: [DONE]\n\n';

/** One chunk as a server-sent event. */
export const uiEvent = (chunk: UiChunk): string => `data: ${JSON.stringify(chunk)}\n\n`;

/** A whole text that is there already. */
export const wholeText = (id: string, text: string): readonly UiChunk[] => [
  { type: 'text-start', id },
  { type: 'text-delta', id, delta: text },
  { type: 'text-end', id },
];
