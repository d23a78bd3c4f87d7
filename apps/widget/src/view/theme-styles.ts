import { css } from 'lit';

/**
 * The colours and measures that a page may set, each `--baton-…`. Light and dark follow the reader's choice unless
 * `theme` says otherwise; pairs that stand on each other have a contrast of at least 4.5 : 1.
 */
export const THEME_STYLES = css`
  :host {
    --_accent: var(--baton-accent, #1c5fd1);
    --_on-accent: var(--baton-on-accent, #ffffff);
    --_surface: var(--baton-surface, #ffffff);
    --_text: var(--baton-text, #1a1f27);
    --_muted: var(--baton-muted, #59626f);
    --_bubble: var(--baton-bubble, #eef1f5);
    --_line: var(--baton-line, #d4dae2);
    --_danger: var(--baton-danger, #b3261e);
    --_radius: var(--baton-radius, 14px);
    --_font: var(--baton-font, system-ui, sans-serif);
    --_font-size: var(--baton-font-size, 15px);
    --_width: var(--baton-width, 380px);
    --_height: var(--baton-height, 620px);
    --_offset: var(--baton-offset, 20px);
    color-scheme: light;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme='light'])) {
      --_accent: var(--baton-accent, #8ab4ff);
      --_on-accent: var(--baton-on-accent, #0b1220);
      --_surface: var(--baton-surface, #14181f);
      --_text: var(--baton-text, #e8ebf0);
      --_muted: var(--baton-muted, #a7b0bd);
      --_bubble: var(--baton-bubble, #232a34);
      --_line: var(--baton-line, #343d4a);
      --_danger: var(--baton-danger, #ffb4ab);
      color-scheme: dark;
    }
  }
  :host([theme='dark']) {
    --_accent: var(--baton-accent, #8ab4ff);
    --_on-accent: var(--baton-on-accent, #0b1220);
    --_surface: var(--baton-surface, #14181f);
    --_text: var(--baton-text, #e8ebf0);
    --_muted: var(--baton-muted, #a7b0bd);
    --_bubble: var(--baton-bubble, #232a34);
    --_line: var(--baton-line, #343d4a);
    --_danger: var(--baton-danger, #ffb4ab);
    color-scheme: dark;
  }
`;
