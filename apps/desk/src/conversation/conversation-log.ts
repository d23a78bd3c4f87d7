import { type ConnectionState, type ConversationItem, conversationStream, isProblem } from '@baton/client';

import { connection } from '../api/connection.js';
import type { LogEvent } from '../api/types.js';
import { createStore, type Store } from '../ui/store.js';
import { NOTHING, type Transcript, withDelta, withEvents, withoutDelta } from './transcript.js';

/** What is known of one conversation, and how its stream stands. */
export interface LogView {
  readonly transcript: Transcript;
  readonly events: readonly LogEvent[];
  readonly connection: ConnectionState;
  /** The log was read to its end at least once. */
  readonly isRead: boolean;
  readonly isCustomerTyping: boolean;
  /** Why there is no log: a problem's code. */
  readonly refusal: string | null;
}

const EMPTY: LogView = {
  transcript: NOTHING,
  events: [],
  connection: 'connecting',
  isRead: false,
  isCustomerTyping: false,
  refusal: null,
};

/** A customer whose page went says nothing of having stopped. */
const TYPING_MS = 6000;
/** A log that says nothing for this long has been read to its end: the stream has no word for it. */
const READ_AFTER_MS = 150;

/** Follows one conversation: its log, and what follows, live. What comes together is shown together. */
export class ConversationLog {
  readonly view: Store<LogView> = createStore(EMPTY);
  private stream: ReturnType<typeof conversationStream> | null = null;
  private waiting: ConversationItem[] = [];
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private typing: ReturnType<typeof setTimeout> | undefined;
  private reading: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly conversationId: string) {}

  /** Follows from where it was left. */
  start(): void {
    if (this.stream) return;
    const after = this.view.get().transcript.version;
    const stream = conversationStream(connection(), this.conversationId, { after });
    this.stream = stream;
    this.change({ connection: stream.state, refusal: null });
    stream.onState((state) => {
      if (this.stream !== stream) return;
      this.change({ connection: state });
      if (state === 'open') this.expectEnd();
    });
    void this.follow(stream);
  }

  stop(): void {
    this.stream?.close();
    this.stream = null;
    clearTimeout(this.flushing);
    clearTimeout(this.typing);
    clearTimeout(this.reading);
    this.flushing = undefined;
    this.waiting = [];
    const { transcript } = this.view.get();
    this.change({ transcript: withoutDelta(transcript), isCustomerTyping: false, connection: 'closed' });
  }

  private async follow(stream: NonNullable<typeof this.stream>): Promise<void> {
    try {
      for await (const item of stream) {
        if (this.stream !== stream) return;
        this.waiting.push(item);
        this.flushing ??= setTimeout(() => this.flush(), 0);
      }
    } catch (error) {
      if (this.stream === stream) this.change({ refusal: isProblem(error) ? error.code : 'unknown' });
    }
  }

  private flush(): void {
    this.flushing = undefined;
    const items = this.waiting;
    this.waiting = [];
    let { transcript, events, isCustomerTyping } = this.view.get();
    const heard: LogEvent[] = [];
    const takeUp = (): void => {
      transcript = withEvents(transcript, heard.splice(0));
    };
    const log = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));
    for (const item of items) {
      if (item.kind === 'event') {
        heard.push(item.event);
        if (item.event.type === 'conversation.message_received') isCustomerTyping = false;
        continue;
      }
      takeUp();
      if (item.kind === 'delta') transcript = withDelta(transcript, item);
      else if (item.kind === 'delta.reset') transcript = withoutDelta(transcript);
      else if (item.sender_type === 'user') isCustomerTyping = item.typing;
    }
    takeUp();
    if (log.length > 0) events = [...events, ...log];
    this.change({ transcript, events, isCustomerTyping });
    if (!this.view.get().isRead) this.expectEnd();
    clearTimeout(this.typing);
    if (isCustomerTyping) this.typing = setTimeout(() => this.change({ isCustomerTyping: false }), TYPING_MS);
  }

  private expectEnd(): void {
    clearTimeout(this.reading);
    this.reading = setTimeout(() => this.change({ isRead: true }), READ_AFTER_MS);
  }

  private change(part: Partial<LogView>): void {
    this.view.set((view) => ({ ...view, ...part }));
  }
}
