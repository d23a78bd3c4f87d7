import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { type ChatMessage, isAnswering, type PendingMessage } from '../chat/chat.state.js';
import type { ChatView } from '../chat/chat-session.js';
import { piecesOf } from '../text/links.js';
import type { Strings } from '../text/strings.js';

interface MessageActions {
  readonly discard: (turnId: string) => void;
  readonly scrolled: (list: Element) => void;
}

/** What was said. New messages are read out; words that may be withdrawn are not. */
export const messageList = (view: ChatView, says: Strings, actions: MessageActions): TemplateResult => {
  const { chat, pending } = view;
  return html`
    <div
      class="messages"
      part="messages"
      role="log"
      aria-label=${says.messages}
      aria-live="polite"
      aria-relevant="additions"
      tabindex="0"
      @scroll=${(event: Event) => actions.scrolled(event.currentTarget as Element)}
    >
      <div class="message assistant" part="message assistant-message">
        <p class="text" dir="auto">${says.greeting}</p>
      </div>
      ${repeat(
        chat.messages,
        ({ id }) => id,
        (message) => said(message, says),
      )}
      ${repeat(
        pending,
        ({ turnId }) => turnId,
        (message) => underWay(message, says, actions),
      )}
      ${beingSaid(view, says)}
    </div>
  `;
};

const said = ({ author, text, at }: ChatMessage, says: Strings): TemplateResult => html`
  <div class="message ${author}" part="message ${author}-message">
    <p class="author">${says[author]} <time datetime=${new Date(at).toISOString()}>${timeOf(at)}</time></p>
    ${textOf(text, says)}
  </div>
`;

const underWay = ({ turnId, text, refused }: PendingMessage, says: Strings, actions: MessageActions) => html`
  <div class="message you pending" part="message you-message">
    <p class="author">${says.you} · ${refused === undefined ? says.sending : says.refused}</p>
    ${textOf(text, says)}
    ${
      refused === undefined
        ? nothing
        : html`<p class="refused" dir="auto">${refused}</p>
            <button class="link" type="button" @click=${() => actions.discard(turnId)}>
              ${says.discard}
            </button>`
    }
  </div>
`;

/** Half a sentence read out again and again would be noise; the whole one is read when it is there. */
const beingSaid = ({ chat, connection }: ChatView, says: Strings): TemplateResult | typeof nothing => {
  if (chat.provisional !== '') {
    return html`<div
      class="message assistant provisional"
      part="message assistant-message"
      aria-hidden="true"
    >
      <p class="author">${says.assistant}</p>
      <p class="text" dir="auto">${chat.provisional}</p>
    </div>`;
  }
  const who = chat.isTyping ? says.typing : isAnswering(chat) && connection === 'open' ? says.answering : '';
  return who === ''
    ? nothing
    : html`<div class="typing" part="typing">
        <span class="hidden">${who}</span><span class="dot"></span><span class="dot"></span
        ><span class="dot"></span>
      </div>`;
};

/** Text as text; only an address of the web becomes a link. White space is shown as it is: none but the text's own. */
const textOf = (text: string, says: Strings): TemplateResult => {
  const pieces = piecesOf(text).map(({ text: piece, href }) =>
    href === undefined ? piece : linkTo(href, piece, says),
  );
  return html`<p class="text" dir="auto">${pieces}</p>`;
};

// prettier-ignore
const linkTo = (href: string, text: string, says: Strings): TemplateResult =>
  html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow ugc">${text}<span class="hidden"> ${says.opensElsewhere}</span></a>`;

const timeOf = (at: number): string =>
  new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(at);
