import type { ConversationState } from '@baton/contracts';

/** The parts of the AI SDK's UI message stream, version 1, that we speak. */
export type UiChunk =
  | { readonly type: 'start'; readonly messageId?: string }
  | { readonly type: 'start-step' | 'finish-step' | 'reset-step' }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | { readonly type: 'data-handover'; readonly id: string; readonly data: HandoverData }
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
