import { storable } from '../memory/turn-text.js';

/** What one turn may bring into a prompt; a pasted document is not a conversation. */
const MOST_CHARACTERS = 2000;

export interface RememberedTurn {
  readonly turn_number: number;
  readonly content: string;
}

/** Turns as a model reads them. */
export const transcript = (turns: readonly RememberedTurn[]): string =>
  turns.map((turn) => `Turn ${turn.turn_number}\n${clipped(turn.content, MOST_CHARACTERS)}`).join('\n\n');

export const clipped = (text: string, most: number): string =>
  text.length <= most ? text : storable(`${text.slice(0, most - 1)}…`);
