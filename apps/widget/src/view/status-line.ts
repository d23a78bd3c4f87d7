import { html, nothing, type TemplateResult } from 'lit';

import { isWithPerson } from '../chat/chat.state.js';
import type { ChatView } from '../chat/chat-session.js';
import type { Place } from '../chat/waiting-place.js';
import { fill, type Strings } from '../text/strings.js';

interface StatusActions {
  readonly askForPerson: () => void;
  readonly cancelWait: () => void;
  /** Null where it is asked for already. */
  readonly rate: (() => void) | null;
}

/** How it stands, and what can be done about it. */
export const statusLine = (view: ChatView, says: Strings, actions: StatusActions): TemplateResult => html`
  <div class="standing" part="status">
    <p class="status" role="status">${statusOf(view, says)}</p>
    <div class="actions">${actionsOf(view, says, actions)}</div>
  </div>
`;

const statusOf = (view: ChatView, says: Strings): string => {
  const { chat, connection, failed, place } = view;
  if (chat.isErased) return says.erased;
  if (connection === 'reconnecting') return says.reconnecting;
  if (connection === 'connecting') return says.connecting;
  if (failed !== null) return says.failed;
  switch (chat.state) {
    case 'PENDING_HUMAN':
      return [says.waiting, placeText(place, says)].filter(Boolean).join(' ');
    case 'HUMAN_ACTIVE':
      return says.withPerson;
    case 'BACK_TO_AI':
      return says.backToAssistant;
    case 'RESOLVED':
      return says.resolved;
    default:
      return '';
  }
};

const placeText = (place: Place, says: Strings): string => {
  if (!place || place.position < 1) return '';
  const where = place.position === 1 ? says.next : fill(says.place, { position: place.position });
  const seconds = place.estimated_wait_seconds;
  const wait = seconds < 60 ? says.estimateSoon : fill(says.estimate, { minutes: Math.ceil(seconds / 60) });
  return `${where} ${wait}`;
};

const actionsOf = (
  view: ChatView,
  says: Strings,
  actions: StatusActions,
): TemplateResult | typeof nothing => {
  const { chat } = view;
  if (chat.isErased) return nothing;
  if (chat.state === 'PENDING_HUMAN') return action('cancel', says.cancelWait, actions.cancelWait);
  if (isWithPerson(chat)) return nothing;
  const mayRate = chat.state === 'FINISHED' || chat.state === 'RESOLVED';
  return html`
    ${action('person', says.askForPerson, actions.askForPerson)}
    ${mayRate && chat.rating === null && actions.rate ? action('rate', says.rateAgain, actions.rate) : nothing}
  `;
};

const action = (name: string, text: string, act: () => void): TemplateResult =>
  html`<button class="action" part="action ${name}" type="button" @click=${act}>${text}</button>`;
