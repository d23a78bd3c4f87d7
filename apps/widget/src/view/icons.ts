import { svg } from 'lit';

const icon = (path: string) =>
  svg`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d=${path} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" /></svg>`;

export const CHAT_ICON = icon('M4 5h16v11H9l-5 4z');
export const CLOSE_ICON = icon('M6 6l12 12M18 6L6 18');
export const SEND_ICON = icon('M4 12l16-8-6 16-3-7z');
