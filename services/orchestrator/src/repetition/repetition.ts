import { codePoints } from '@baton/contracts';

import { normaliseContent } from '../conversation/content-hash.js';
import { cosine, sameFacts } from './text-likeness.js';

/** A reply of the AI within the last hour. */
export interface EarlierReply {
  readonly turn_number: number;
  readonly content: string;
  /** Keyed hash of the normalised text. */
  readonly agent_response_hash: string;
  /** Of the messages that it answered, in their order. */
  readonly user_input_hashes: readonly string[];
}

/** What a reply repeats. */
export interface RepetitionFound {
  readonly kind: 'exact' | 'near' | 'echo';
  readonly similarity: number | null;
  readonly of_turn: number | null;
}

/** Whatever was said longer ago may be said again. */
export const REPETITION_WINDOW_MS = 3_600_000;

/**
 * From this cosine on two replies say the same. With the built-in embeddings a reply with a word changed has 0.98, a
 * close paraphrase 0.95, one that speaks of another thing in the same words (the red jacket, the blue jacket) 0.92.
 */
export const NEAR_SIMILARITY = 0.94;

/** From this cosine on two messages ask the same: paraphrases of a question have 0.8 and more, other questions 0.5. */
export const SAME_QUESTION_SIMILARITY = 0.8;

/**
 * Only longer replies can be near repetitions, in code points: "Yes.", a greeting or "You are welcome!" are near to
 * many things that are fine to say again. Word for word they still count.
 */
export const NEAR_MIN_LENGTH = 40;

/** Texts of very different length do not say the same. */
const LENGTH_RATIO = 0.6;

/** True where a reply is a whole message of the customer, said back. */
export const echoes = (reply: string, said: readonly string[]): boolean => {
  const text = normaliseContent(reply);
  return text !== '' && said.some((message) => normaliseContent(message) === text);
};

/** Long enough to say something that should not be said twice in other words either. */
export const canBeNear = (text: string): boolean => codePoints(text) >= NEAR_MIN_LENGTH;

/** The earlier replies that a reply may come near to: worth an embedding. */
export const nearCandidates = (reply: string, earlier: readonly EarlierReply[]): readonly EarlierReply[] => {
  if (!canBeNear(reply)) return [];
  const length = codePoints(reply);
  return earlier.filter(({ content }) => {
    const other = codePoints(content);
    const ratio = Math.min(length, other) / Math.max(length, other);
    return canBeNear(content) && ratio >= LENGTH_RATIO && sameFacts(reply, content);
  });
};

/** Those of the candidates that a reply repeats, nearest first. */
export const nearMatches = (
  reply: readonly number[],
  candidates: readonly { readonly reply: EarlierReply; readonly vector: readonly number[] }[],
): readonly { readonly reply: EarlierReply; readonly similarity: number }[] =>
  candidates
    .map(({ reply: earlier, vector }) => ({ reply: earlier, similarity: cosine(reply, vector) }))
    .filter(({ similarity }) => similarity >= NEAR_SIMILARITY)
    .sort((a, b) => b.similarity - a.similarity);

/** True where the customer said the very same as before: who asks again may be answered again. */
export const saidAgain = (
  user_input_hashes: readonly string[],
  { user_input_hashes: before }: EarlierReply,
): boolean =>
  user_input_hashes.length > 0 &&
  user_input_hashes.length === before.length &&
  user_input_hashes.every((hash, index) => hash === before[index]);

const PLEASANTRIES = new Set(
  (
    'hello hi hey hiya good morning afternoon evening day thanks thank you thx very much a lot so ok okay great perfect ' +
    'super cool nice fine alright all right bye goodbye cheers got it i see understood wonderful ' +
    'hallo guten tag morgen abend danke vielen dank sehr gut prima tschüss hola gracias muchas vale adiós bonjour merci ' +
    'beaucoup salut ciao grazie'
  ).split(' '),
);

/** True where the customer only greets, thanks or nods: the same few words are a fine answer to that every time. */
export const isPleasantry = (message: string): boolean => {
  const words =
    message
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return !message.includes('?') && words.every((word) => PLEASANTRIES.has(word));
};

/** True where the customer asks the same in other words. */
export const asksTheSame = (
  question: { readonly text: string; readonly vector: readonly number[] },
  before: { readonly text: string; readonly vector: readonly number[] },
): boolean =>
  cosine(question.vector, before.vector) >= SAME_QUESTION_SIMILARITY && sameFacts(question.text, before.text);
