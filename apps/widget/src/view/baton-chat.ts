import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';

import { ChatSession, type ChatView } from '../chat/chat-session.js';
import { ENGLISH, type Strings } from '../text/strings.js';
import { CHAT_STYLES } from './chat-styles.js';
import { composer } from './composer.js';
import { CLOSE_ICON, CHAT_ICON } from './icons.js';
import { messageList } from './message-list.js';
import { type RatingForm, rating } from './rating.js';
import { scriptOrigin } from './script-origin.js';
import { statusLine } from './status-line.js';
import { THEME_STYLES } from './theme-styles.js';

/** Less than this from the end is the end. */
const AT_END_PX = 48;

/**
 * `<baton-chat token-url="/chat-token">`: the customer's side of a conversation.
 *
 * Attributes: `token-url` (the page's own end point that gives a conversation token), `token-credentials`
 * (`same-origin` or `include`), `base-url` (Baton's origin; where the script came from unless told), `heading`, `inline` (fills its place in
 * the page; otherwise a button in the corner opens it), `open`, `theme` (`light` or `dark`; the reader's own choice unless told).
 * Properties: `strings`. Methods: `show()`, `hide()`, `send(text)`. Events: `baton-toggle`, `baton-state`, `baton-message`.
 */
export class BatonChat extends LitElement {
  static override readonly styles = [THEME_STYLES, CHAT_STYLES];
  static override readonly properties = {
    tokenUrl: { attribute: 'token-url' },
    tokenCredentials: { attribute: 'token-credentials' },
    baseUrl: { attribute: 'base-url' },
    heading: {},
    inline: { type: Boolean, reflect: true },
    open: { type: Boolean, reflect: true },
    theme: { reflect: true },
    strings: { attribute: false },
    rated: { state: true },
    hasNews: { state: true },
  };

  declare tokenUrl: string;
  declare tokenCredentials: RequestCredentials;
  declare baseUrl: string;
  declare heading: string;
  declare inline: boolean;
  declare open: boolean;
  declare theme: '' | 'light' | 'dark';
  declare strings: Partial<Strings>;
  /** How far the rating has come; null where none is asked for. */
  declare private rated: RatingForm | null;
  /** Something came below what is seen. */
  declare private hasNews: boolean;

  private session: ChatSession | undefined;
  private shown: ChatView | undefined;
  private isAtEnd = true;

  constructor() {
    super();
    this.tokenUrl = '';
    this.tokenCredentials = 'same-origin';
    this.baseUrl = '';
    this.heading = '';
    this.inline = false;
    this.open = false;
    this.theme = '';
    this.strings = {};
    this.rated = null;
    this.hasNews = false;
  }

  show(): void {
    this.toggle(true);
  }

  hide(): void {
    this.toggle(false);
  }

  /** As if the customer had written it. */
  send(text: string): void {
    if (text.trim() === '') return;
    this.begin();
    this.isAtEnd = true;
    this.session?.send(text);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session?.end();
    this.session = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Moved within the page: it goes on where it was.
    if (this.hasUpdated && this.isShown) this.begin();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const isElsewhere = ['tokenUrl', 'tokenCredentials', 'baseUrl'].some((name) => changed.has(name));
    if (isElsewhere && this.session) {
      this.session.end();
      this.session = undefined;
    }
    if (this.isShown) this.begin();
  }

  protected override updated(): void {
    const list = this.renderRoot.querySelector('.messages');
    if (list && this.isAtEnd) list.scrollTop = list.scrollHeight;
  }

  protected override render(): TemplateResult {
    const says = this.says;
    if (this.inline) return this.panel(says);
    return html`
      ${this.open ? this.panel(says) : nothing}
      <button
        class="launcher"
        part="launcher"
        type="button"
        aria-expanded=${this.open ? 'true' : 'false'}
        aria-label=${this.open ? says.close : says.open}
        @click=${() => this.toggle(!this.open)}
      >
        ${this.open ? CLOSE_ICON : CHAT_ICON}
      </button>
    `;
  }

  private panel(says: Strings): TemplateResult {
    const view = this.session?.view;
    return html`
      <section
        class="panel"
        part="panel"
        role=${this.inline ? 'region' : 'dialog'}
        aria-label=${this.heading || says.heading}
        @keydown=${(event: KeyboardEvent) => this.pressed(event)}
      >
        <div class="header" part="header">
          <h2 class="heading" part="heading" dir="auto">${this.heading || says.heading}</h2>
          ${
            this.inline
              ? nothing
              : html`<button class="plain" type="button" aria-label=${says.close} @click=${() => this.hide()}>
                  ${CLOSE_ICON}
                </button>`
          }
        </div>
        ${
          view && this.session
            ? this.conversation(view, this.session, says)
            : html`<p class="status" role="status">${says.connecting}</p>`
        }
      </section>
    `;
  }

  private conversation(view: ChatView, session: ChatSession, says: Strings): TemplateResult {
    return html`
      ${messageList(view, says, {
        discard: (turnId) => session.discard(turnId),
        scrolled: (list) => this.scrolled(list),
      })}
      ${
        this.hasNews
          ? html`<button class="news" part="news" type="button" @click=${() => this.toEnd()}>
              ${says.newMessages}
            </button>`
          : nothing
      }
      ${statusLine(view, says, {
        askForPerson: () => void session.askForPerson(says.personRequest),
        cancelWait: () => void session.cancelWait(),
        rate: this.rated ? null : () => (this.rated = { stars: 0, comment: '' }),
      })}
      ${rating(view, this.rated, says, {
        changed: (form) => (this.rated = form),
        sent: (form) => void this.rate(session, form),
      })}
      ${composer(view, says, {
        edited: (text) => session.edit(text),
        sent: (text) => {
          this.isAtEnd = true;
          session.send(text);
        },
      })}
    `;
  }

  private get says(): Strings {
    return { ...ENGLISH, ...this.strings };
  }

  private get isShown(): boolean {
    return this.inline || this.open;
  }

  /** The conversation is read only once somebody looks. */
  private begin(): void {
    if (this.session || this.tokenUrl === '') return;
    this.session = new ChatSession({
      baseUrl: this.baseUrl || scriptOrigin(),
      token: { url: this.tokenUrl, credentials: this.tokenCredentials },
      changed: () => this.tell(),
    });
    this.shown = undefined;
    this.session.start();
  }

  private tell(): void {
    const before = this.shown;
    const view = this.session?.view;
    if (!view) return;
    this.shown = view;
    this.requestUpdate();
    if (before?.chat.state !== view.chat.state) {
      if (view.chat.state === 'RESOLVED' && view.chat.rating === null) this.rated = { stars: 0, comment: '' };
      else if (view.chat.state !== 'FINISHED') this.rated = null;
      this.emit('baton-state', { state: view.chat.state });
    }
    const last = view.chat.messages.at(-1);
    if (last && last.id !== before?.chat.messages.at(-1)?.id) {
      if (!this.isAtEnd) this.hasNews = true;
      this.emit('baton-message', { author: last.author, id: last.id });
    }
  }

  private async rate(session: ChatSession, form: RatingForm): Promise<void> {
    if (await session.rate(form.stars, form.comment.trim())) this.rated = { ...form, isSent: true };
  }

  private toggle(open: boolean): void {
    if (this.open === open) return;
    this.open = open;
    this.emit('baton-toggle', { open });
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(open ? 'textarea' : '.launcher')?.focus(),
    );
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || this.inline) return;
    event.stopPropagation();
    this.hide();
  }

  private scrolled(list: Element): void {
    this.isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
    if (this.isAtEnd) this.hasNews = false;
  }

  private toEnd(): void {
    this.isAtEnd = true;
    this.hasNews = false;
    this.requestUpdate();
  }

  private emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'baton-chat': BatonChat;
  }
}
