/** A piece of a message: text, or an address that may be followed. */
export interface Piece {
  readonly text: string;
  readonly href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`\p{Cc}\p{Bidi_Control}]+/giu;
/** What ends a sentence is not of the address. */
const TRAILING = /[.,;:!?)\]}]+$/;

/** Finds the addresses of the web in a text. Only `http` and `https` are ever followed. */
export const piecesOf = (text: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(TRAILING, '');
    const href = safeHref(address);
    if (href === undefined) continue;
    if (index > from) pieces.push({ text: text.slice(from, index) });
    pieces.push({ text: address, href });
    from = index + address.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
};

const safeHref = (address: string): string | undefined => {
  const url = URL.canParse(address) ? new URL(address) : null;
  // A name and password before the host make an address look like another's.
  const isSafe = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isSafe ? url.href : undefined;
};
