import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

import type { ChatView } from '../chat/chat-session.js';
import type { Strings } from '../text/strings.js';
import { SEND_ICON } from './icons.js';

interface ComposerActions {
  readonly edited: (text: string) => void;
  readonly sent: (text: string) => void;
}

/** Unicode code points, as the server counts. */
const LONGEST_MESSAGE = 32_000;

/** Where the customer writes. Enter sends, Shift+Enter begins a line. */
export const composer = (
  { chat, draft }: ChatView,
  says: Strings,
  { edited, sent }: ComposerActions,
): TemplateResult | typeof nothing => {
  if (chat.isErased) return nothing;
  const isTooLong = draft.length > LONGEST_MESSAGE && [...draft].length > LONGEST_MESSAGE;
  const canSend = draft.trim() !== '' && !isTooLong;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (canSend) sent(draft);
  };
  return html`
    <form class="composer" part="composer" @submit=${submit}>
      ${isTooLong ? html`<p class="refused" role="alert">${says.tooLong}</p>` : nothing}
      <textarea
        class="field"
        part="input"
        rows="1"
        dir="auto"
        aria-label=${says.input}
        placeholder=${says.placeholder}
        enterkeyhint="send"
        autocomplete="off"
        .value=${live(draft)}
        @input=${(event: Event) => edited((event.currentTarget as HTMLTextAreaElement).value)}
        @keydown=${(event: KeyboardEvent) => {
          // While an input method composes, Enter chooses a word.
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
        }}
      ></textarea>
      <button
        class="send"
        part="send"
        type="submit"
        aria-label=${says.send}
        aria-disabled=${canSend ? 'false' : 'true'}
      >
        ${SEND_ICON}
      </button>
    </form>
  `;
};
