/** How much of a text is embedded: past what an embedding model takes in, more text only blurs the vector. */
const EMBEDDED_CHARACTERS = 8000;

/**
 * Text that PostgreSQL can hold: jsonb refuses NUL and lone surrogates, which a customer or a model may well
 * send, and one refused row would fail every transaction that was committed in the same group.
 */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '');

/** What is remembered of a turn: both sides of it. */
export const turnText = (turn: { readonly input: string; readonly reply: string | null }): string =>
  storable(
    [
      turn.input.trim() === '' ? [] : [`Customer: ${turn.input.trim()}`],
      turn.reply === null || turn.reply.trim() === '' ? [] : [`Agent: ${turn.reply.trim()}`],
    ]
      .flat()
      .join('\n'),
  );

export const embeddedPart = (text: string): string => text.slice(0, EMBEDDED_CHARACTERS).toWellFormed();
