import { storable } from '../memory/turn-text.js';

/** What one turn may bring into a prompt; a pasted document is not a conversation. */
const MOST_CHARACTERS = 2000;

export interface RememberedTurn {
  readonly turn_number: number;
  readonly content: string;
}

/** Turns as a model reads them: nothing but what was said, since an extractive summary quotes from it. */
export const transcript = (turns: readonly RememberedTurn[]): string =>
  turns.map((turn) => clipped(turn.content, MOST_CHARACTERS)).join('\n\n');

/** The same with the number of each turn, for answers that must name one. */
export const numberedTranscript = (turns: readonly RememberedTurn[]): string =>
  turns.map((turn) => `Turn ${turn.turn_number}\n${clipped(turn.content, MOST_CHARACTERS)}`).join('\n\n');

export const clipped = (text: string, most: number): string =>
  text.length <= most ? text : storable(`${text.slice(0, most - 1)}…`);
