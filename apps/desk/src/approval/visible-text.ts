/**
 * What draws nothing, or draws what stands behind it in another order: control characters (ends of lines and
 * tabs apart), bidirectional embeddings, overrides and isolates, zero-width spaces and joiners of words, tags.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** The text with everything hidden in it named, as `⟨U+202E⟩`: who decides must see what would be done. */
export const visibleText = (text: string): string =>
  text.replaceAll(HIDDEN, (hidden) => {
    const code = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
