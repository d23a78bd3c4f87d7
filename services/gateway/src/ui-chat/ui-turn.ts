import type { EventView } from '@baton/contracts';

import type { Followed } from './follow-conversation.js';
import { type UiChunk, wholeText } from './ui-chunks.js';

/** One turn of the AI as the UI's message: what stands there so far. */
export interface UiTurn {
  readonly turnNumber: number;
  /** Of the text part that is open, or was last; each beginning has a new one. */
  readonly part: number;
  /** Words so far; provisional until the turn's own event. */
  readonly text: string;
  readonly isOpen: boolean;
  /** Nothing more comes of the AI. */
  readonly isOver: boolean;
  /** The hand-over that came of it. */
  readonly handover: { readonly handoverId: string; readonly reason: string } | null;
  /** It stands still until somebody has decided, or has been told: then it goes on. */
  readonly isPaused: boolean;
}

export const beginUiTurn = (turnNumber: number): UiTurn => ({
  turnNumber,
  part: 1,
  text: '',
  isOpen: false,
  isOver: false,
  handover: null,
  isPaused: false,
});

interface Step {
  readonly turn: UiTurn;
  readonly chunks: readonly UiChunk[];
}

/** What the UI is told of one more thing that happened. Pure. */
export const evolveUiTurn = (turn: UiTurn, told: Followed): Step => {
  switch (told.kind) {
    case 'delta':
      return told.turn_number === turn.turnNumber && !turn.isOver ? speak(turn, told.content) : quiet(turn);
    case 'delta.reset':
      return withdraw(turn);
    case 'event':
      return hear(turn, told.event);
    case 'live':
      return quiet(turn);
    default:
      return told satisfies never;
  }
};

/** The AI goes on with the same turn when these are over. */
const PAUSES: ReadonlySet<string> = new Set(['approval', 'consultation']);

const hear = (turn: UiTurn, { type, data }: EventView): Step => {
  if (type === 'conversation.turn_completed' && data['turn_number'] === turn.turnNumber) {
    const reply = data['reply'] as { readonly content: string } | null;
    const said = reply === null ? withdraw(turn) : complete(turn, reply.content);
    return { ...said, turn: { ...said.turn, isOver: true } };
  }
  if (type === 'conversation.handed_over') {
    const taken = turn.isOver ? quiet(turn) : withdraw(turn);
    const handover = { handoverId: String(data['handover_id']), reason: String(data['reason']) };
    const isPaused = PAUSES.has(handover.reason);
    return { ...taken, turn: { ...taken.turn, isOver: true, handover, isPaused } };
  }
  if (type === 'conversation.turn_resumed' && data['turn_number'] === turn.turnNumber)
    return { turn: { ...turn, isOver: false, handover: null, isPaused: false }, chunks: [] };
  return quiet(turn);
};

const quiet = (turn: UiTurn): Step => ({ turn, chunks: [] });

const idOf = ({ part }: UiTurn): string => `text-${part}`;

const speak = (turn: UiTurn, delta: string): Step => {
  const id = idOf(turn);
  const start: UiChunk[] = turn.isOpen ? [] : [{ type: 'text-start', id }];
  return {
    turn: { ...turn, isOpen: true, text: turn.text + delta },
    chunks: [...start, { type: 'text-delta', id, delta }],
  };
};

/** The words so far are gone; whatever comes begins anew. */
const withdraw = (turn: UiTurn): Step =>
  turn.isOpen
    ? {
        turn: { ...turn, isOpen: false, text: '', part: turn.part + 1 },
        chunks: [{ type: 'reset-step' }, { type: 'start-step' }],
      }
    : quiet(turn);

/** The message is the truth: where the words were others, or had holes, it takes their place. */
const complete = (turn: UiTurn, content: string): Step => {
  if (turn.isOpen && turn.text === content) {
    const end: UiChunk = { type: 'text-end', id: idOf(turn) };
    return { turn: { ...turn, isOpen: false }, chunks: [end] };
  }
  const { turn: clean, chunks } = withdraw(turn);
  return { turn: { ...clean, text: content }, chunks: [...chunks, ...wholeText(idOf(clean), content)] };
};
