import { html, nothing, type TemplateResult } from 'lit';

import type { ChatView } from '../chat/chat-session.js';
import { fill, type Strings } from '../text/strings.js';

/** A rating as far as it has come. */
export interface RatingForm {
  /** 1 to 5; 0 is none yet. */
  readonly stars: number;
  readonly comment: string;
  readonly isSent?: boolean;
}

interface RatingActions {
  readonly changed: (form: RatingForm | null) => void;
  readonly sent: (form: RatingForm) => void;
}

const STARS = [1, 2, 3, 4, 5] as const;
const LONGEST_COMMENT = 4000;

/** How it was, when it has ended or when the customer wants to say. */
export const rating = (
  { chat }: ChatView,
  form: RatingForm | null,
  says: Strings,
  { changed, sent }: RatingActions,
): TemplateResult | typeof nothing => {
  if (form === null || chat.isErased) return nothing;
  if (form.isSent || chat.rating !== null)
    return html`<p class="rating thanks" part="rating" role="status">${says.thanks}</p>`;
  return html`
    <form
      class="rating"
      part="rating"
      @submit=${(event: Event) => {
        event.preventDefault();
        sent(form);
      }}
    >
      <fieldset class="stars">
        <legend>${says.rate}</legend>
        ${STARS.map(
          (stars) => html`
            <label class="star ${stars <= form.stars ? 'chosen' : ''}">
              <input
                type="radio"
                name="stars"
                class="hidden"
                value=${stars}
                .checked=${stars === form.stars}
                @change=${() => changed({ ...form, stars })}
              />
              <span aria-hidden="true">★</span>
              <span class="hidden">${fill(says.stars, { rating: stars })}</span>
            </label>
          `,
        )}
      </fieldset>
      ${
        form.stars === 0
          ? nothing
          : html`<label class="comment"
              >${says.comment}
              <input
                class="field"
                type="text"
                maxlength=${LONGEST_COMMENT}
                .value=${form.comment}
                @input=${(event: Event) =>
                  changed({ ...form, comment: (event.currentTarget as HTMLInputElement).value })}
              />
            </label>`
      }
      <div class="actions">
        ${
          form.stars === 0
            ? nothing
            : html`<button class="action" part="action send-rating" type="submit">${says.sendRating}</button>`
        }
        <button class="action" part="action no-rating" type="button" @click=${() => changed(null)}>
          ${says.notNow}
        </button>
      </div>
    </form>
  `;
};
