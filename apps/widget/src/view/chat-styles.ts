import { css } from 'lit';

/** How the chat is laid out. */
export const CHAT_STYLES = css`
  :host {
    font: var(--_font-size) / 1.45 var(--_font);
    color: var(--_text);
  }
  :host(:not([inline])) {
    position: fixed;
    inset-block-end: var(--_offset);
    inset-inline-end: var(--_offset);
    z-index: var(--baton-z-index, 2147483000);
  }
  :host([inline]) {
    display: block;
    block-size: var(--_height);
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
  }
  button,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
  }
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .icon {
    display: block;
  }
  .launcher {
    display: grid;
    place-items: center;
    margin-inline-start: auto;
    inline-size: 56px;
    block-size: 56px;
    border: 0;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    box-shadow: 0 4px 14px rgb(0 0 0 / 30%);
  }
  .panel {
    position: relative;
    display: flex;
    flex-direction: column;
    overflow: hidden;
    inline-size: 100%;
    block-size: 100%;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  :host(:not([inline])) .panel {
    inline-size: min(var(--_width), calc(100vw - 2 * var(--_offset)));
    block-size: min(var(--_height), calc(100dvh - 2 * var(--_offset) - 68px));
    margin-block-end: 12px;
    box-shadow: 0 8px 32px rgb(0 0 0 / 25%);
  }
  .header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    padding: 10px 14px;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .heading {
    margin: 0;
    font-size: 1.05em;
    overflow-wrap: anywhere;
  }
  .plain {
    display: grid;
    place-items: center;
    min-inline-size: 32px;
    min-block-size: 32px;
    border: 0;
    border-radius: 8px;
    background: none;
  }
  .header :focus-visible,
  .launcher:focus-visible {
    outline-color: var(--_on-accent);
    outline-offset: -4px;
  }
  .messages {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    display: flex;
    flex-direction: column;
    gap: 10px;
    padding: 14px;
  }
  .messages:focus-visible {
    outline-offset: -3px;
  }
  .message {
    max-inline-size: 85%;
    padding: 8px 12px;
    border-radius: var(--_radius);
    background: var(--_bubble);
    align-self: flex-start;
    /* A long conversation costs what is seen of it. */
    content-visibility: auto;
    contain-intrinsic-size: auto 60px;
    contain: content;
  }
  .message.you {
    align-self: flex-end;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .message.person {
    background: var(--_surface);
    border: 1px solid var(--_line);
  }
  .message.provisional {
    border: 1px dashed var(--_line);
  }
  .message.pending {
    background: var(--_surface);
    color: var(--_text);
    border: 1px dashed var(--_muted);
  }
  .author {
    margin: 0 0 2px;
    font-size: 0.8em;
  }
  .message:not(.you) .author {
    color: var(--_muted);
  }
  .text {
    margin: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }
  .text a {
    color: inherit;
  }
  .refused {
    margin: 4px 0;
    color: var(--_danger);
    overflow-wrap: anywhere;
  }
  .link {
    padding: 4px 0;
    border: 0;
    background: none;
    text-decoration: underline;
  }
  .typing {
    display: flex;
    gap: 5px;
    padding: 10px 12px;
  }
  .dot {
    inline-size: 7px;
    block-size: 7px;
    border-radius: 50%;
    background: var(--_muted);
    animation: dot 1.2s infinite;
  }
  .dot:nth-of-type(3) {
    animation-delay: 0.2s;
  }
  .dot:nth-of-type(4) {
    animation-delay: 0.4s;
  }
  @keyframes dot {
    50% {
      opacity: 0.25;
    }
  }
  .news {
    align-self: center;
    margin-block: -44px 8px;
    padding: 6px 14px;
    border: 1px solid var(--_line);
    border-radius: 999px;
    background: var(--_surface);
    position: relative;
  }
  .standing,
  .rating {
    padding: 8px 14px;
    border-block-start: 1px solid var(--_line);
  }
  .status {
    margin: 0;
    font-size: 0.9em;
    color: var(--_muted);
  }
  .panel > .status {
    padding: 14px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block-start: 4px;
  }
  .action {
    min-block-size: 32px;
    padding: 4px 12px;
    border: 1px solid var(--_line);
    border-radius: 999px;
    background: var(--_surface);
    font-size: 0.9em;
  }
  .thanks {
    margin: 0;
  }
  .stars {
    display: flex;
    gap: 2px;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .stars legend {
    padding: 0;
  }
  .star {
    position: relative;
    padding: 0 4px;
    font-size: 1.7em;
    line-height: 1.2;
    color: var(--_muted);
    cursor: pointer;
    border-radius: 6px;
  }
  .star.chosen {
    color: var(--_accent);
  }
  .star:focus-within {
    outline: 3px solid var(--_accent);
  }
  .comment {
    display: block;
    font-size: 0.9em;
  }
  .composer {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 8px;
    align-items: end;
    padding: 10px 14px;
    border-block-start: 1px solid var(--_line);
  }
  .composer .refused {
    grid-column: 1 / -1;
  }
  .field {
    inline-size: 100%;
    padding: 8px 10px;
    border: 1px solid var(--_muted);
    border-radius: 10px;
    background: var(--_surface);
    field-sizing: content;
    min-block-size: 40px;
    max-block-size: 140px;
    resize: none;
  }
  .field::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  .send {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border: 0;
    border-radius: 10px;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .send[aria-disabled='true'] {
    background: var(--_bubble);
    color: var(--_muted);
    cursor: default;
  }
  @media (max-width: 480px) {
    :host([open]:not([inline])) {
      inset: 0;
    }
    :host([open]:not([inline])) .panel {
      inline-size: 100%;
      block-size: 100%;
      margin: 0;
      border: 0;
      border-radius: 0;
    }
    :host([open]:not([inline])) .launcher {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .dot {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .message,
    .launcher,
    .send {
      border: 1px solid;
    }
  }
`;
