import {
  type ConnectionState,
  type ConversationItem,
  type Conversations,
  conversations,
  createHttp,
  type Http,
  isProblem,
  type LiveStream,
} from '@baton/client';

import { evolveChat } from './chat.evolve.js';
import { type ChatState, EMPTY_CHAT, isWithPerson, type PendingMessage } from './chat.state.js';
import { fetchToken, type TokenEndpoint } from './conversation-token.js';
import { KeptInputs } from './kept-input.js';
import { Outbox } from './outbox.js';
import { TypingSignal } from './typing-signal.js';
import { type Place, WaitingPlace } from './waiting-place.js';

const TIMEOUT_MS = 20_000;
const RETRY_MS = 2000;
/** Whoever stopped typing without saying so is not typing any more. */
const TYPING_LASTS_MS = 8000;

/** What the view shows. */
export interface ChatView {
  readonly chat: ChatState;
  readonly pending: readonly PendingMessage[];
  readonly connection: ConnectionState;
  readonly place: Place;
  readonly draft: string;
  /** What the customer asked for and did not get. */
  readonly failed: 'person' | 'cancel' | 'rating' | null;
}

export interface ChatSessionOptions {
  readonly baseUrl: string;
  readonly token: TokenEndpoint;
  readonly changed: () => void;
}

/** One visitor's conversation: reads its stream, sends what is typed, keeps both over every loss. */
export class ChatSession {
  private readonly kept = new KeptInputs();
  private readonly calls: Conversations;
  private readonly outbox: Outbox;
  private readonly place: WaitingPlace;
  private readonly typing: TypingSignal;
  private conversationId: string | undefined;
  private chat = EMPTY_CHAT;
  private connection: ConnectionState = 'connecting';
  private failed: ChatView['failed'] = null;
  private draft = '';
  private stream: LiveStream<ConversationItem> | undefined;
  private isEnded = false;
  /** A message was accepted: there is a conversation. */
  private hasBegun = false;
  private begun: () => void = () => undefined;
  private typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ChatSessionOptions) {
    const http: Http = createHttp({
      baseUrl: options.baseUrl,
      token: () => this.freshToken(),
      timeoutMs: TIMEOUT_MS,
    });
    this.calls = conversations(http);
    this.outbox = new Outbox(this.calls, {
      changed: () => this.keepAndTell(),
      accepted: () => {
        this.hasBegun = true;
        this.begun();
      },
    });
    this.place = new WaitingPlace(
      (handoverId) => this.calls.waiting(this.id, handoverId),
      () => options.changed(),
    );
    this.typing = new TypingSignal((isTyping) => this.tellTyping(isTyping));
  }

  get view(): ChatView {
    const { chat, connection, draft, failed } = this;
    return {
      chat,
      pending: this.outbox.pending.filter(({ turnId }) => !chat.turnIds.has(turnId)),
      connection: this.outbox.isStuck && connection !== 'connecting' ? 'reconnecting' : connection,
      place: this.place.current,
      draft,
      failed,
    };
  }

  start(): void {
    addEventListener('online', this.hurry);
    void this.watch();
  }

  end(): void {
    this.isEnded = true;
    removeEventListener('online', this.hurry);
    clearTimeout(this.typingEnds);
    this.typing.stop();
    this.stream?.close();
    this.outbox.end();
    this.place.follow(null);
    this.begun();
  }

  edit(draft: string): void {
    this.draft = draft;
    if (draft !== '') this.typing.keyed();
    this.keepAndTell();
  }

  send(text: string): void {
    this.draft = '';
    this.typing.stop();
    this.outbox.add(text);
  }

  discard(turnId: string): void {
    this.outbox.discard(turnId);
  }

  /** @param request what is said where nothing was said yet */
  async askForPerson(request: string): Promise<void> {
    if (this.chat.state === null) return this.send(request);
    await this.attempt('person', () => this.calls.handover(this.id));
  }

  async cancelWait(): Promise<void> {
    await this.attempt('cancel', () => this.calls.cancelHandover(this.id));
  }

  async rate(rating: number, comment: string): Promise<boolean> {
    return this.attempt('rating', () =>
      this.calls.feedback(this.id, { rating, ...(comment !== '' && { comment }) }),
    );
  }

  private readonly hurry = (): void => this.outbox.hurry();

  private get id(): string {
    if (this.conversationId === undefined) throw new Error('The conversation is not known yet');
    return this.conversationId;
  }

  /** A conflict is no failure: what was asked for has happened otherwise, and the stream says how. */
  private async attempt(
    what: NonNullable<ChatView['failed']>,
    call: () => Promise<unknown>,
  ): Promise<boolean> {
    this.failed = null;
    try {
      await call();
      return true;
    } catch (error) {
      if (isProblem(error, 'invalid-transition')) return true;
      this.failed = what;
      return false;
    } finally {
      this.options.changed();
    }
  }

  private async freshToken(): Promise<string> {
    const { token, conversationId } = await fetchToken(this.options.token);
    if (conversationId !== this.conversationId) this.enter(conversationId);
    return token;
  }

  /** Another visitor's conversation, or the first. */
  private enter(conversationId: string): void {
    const isFirst = this.conversationId === undefined;
    this.conversationId = conversationId;
    this.chat = EMPTY_CHAT;
    const { draft, pending } = this.kept.load(conversationId);
    if (isFirst) {
      // What was typed before anybody knew for whom stands behind what was kept.
      this.draft = this.draft || draft;
      this.outbox.restore(pending);
    } else {
      this.stream?.close();
    }
    this.keepAndTell();
  }

  private async watch(): Promise<void> {
    while (!this.isEnded) {
      try {
        await this.read();
      } catch (error) {
        if (isProblem(error, 'erased')) {
          this.chat = { ...EMPTY_CHAT, isErased: true };
          this.connect('open');
          return;
        }
        if (isProblem(error, 'not-found')) {
          // There is no conversation before the first message.
          this.connect('open');
          if (this.hasBegun) await pause(RETRY_MS);
          else await new Promise<void>((resolve) => (this.begun = resolve));
        } else {
          this.connect('reconnecting');
          await pause(RETRY_MS);
        }
      }
    }
  }

  private async read(): Promise<void> {
    if (this.conversationId === undefined) await this.freshToken();
    const read = this.id;
    this.chat = EMPTY_CHAT;
    this.stream = this.calls.stream(read);
    this.stream.onState((state) => {
      if (state !== 'closed') this.connect(state);
    });
    for await (const item of this.stream) {
      if (read !== this.conversationId) return;
      this.hear(item);
    }
  }

  private hear(item: ConversationItem): void {
    this.chat = evolveChat(this.chat, item);
    if (item.kind === 'typing') this.forgetTypingLater();
    if (item.kind === 'event') {
      this.failed = null;
      this.outbox.settle(this.chat.turnIds);
      this.place.follow(this.chat.state === 'PENDING_HUMAN' ? this.chat.handoverId : null);
    }
    this.options.changed();
  }

  private forgetTypingLater(): void {
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => {
      this.chat = { ...this.chat, isTyping: false };
      this.options.changed();
    }, TYPING_LASTS_MS);
  }

  private tellTyping(isTyping: boolean): void {
    // Late it would be wrong: nobody is told when it does not arrive.
    if (isWithPerson(this.chat)) this.calls.typing(this.id, isTyping).catch(() => undefined);
  }

  private connect(connection: ConnectionState): void {
    this.connection = connection;
    if (connection === 'open') this.outbox.hurry();
    this.options.changed();
  }

  private keepAndTell(): void {
    if (this.conversationId !== undefined)
      this.kept.save(this.conversationId, { draft: this.draft, pending: this.outbox.pending });
    this.options.changed();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
