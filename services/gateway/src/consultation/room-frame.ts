import type { ConsultationMessageView } from '@baton/contracts';

/** What a participant is told, written once for all who are there. */
export interface RoomFrame {
  /** Its place in the history; null for what is only shown. */
  readonly position: number | null;
  readonly bytes: Buffer;
}

export const messageFrame = (message: ConsultationMessageView): RoomFrame => ({
  position: message.position,
  bytes: encoded({ type: 'message', ...message }),
});

export const endFrame = (
  consultation_id: string,
  end: { readonly position: number; readonly outcome: string; readonly cause: string },
): RoomFrame => ({
  position: end.position,
  bytes: encoded({ type: 'ended', consultation_id, outcome: end.outcome, cause: end.cause }),
});

export const deltaFrame = (message_id: string, content: string): RoomFrame =>
  shown({ type: 'delta', message_id, content });

/** What was shown of this message so far is not what it says. */
export const resetFrame = (message_id: string): RoomFrame => shown({ type: 'delta.reset', message_id });

const shown = (frame: object): RoomFrame => ({ position: null, bytes: encoded(frame) });

const encoded = (frame: object): Buffer => Buffer.from(JSON.stringify(frame));
