import type { HumanRequestDetector } from '../human-request/human-request-detector.js';
import type { Vector } from '../relevance/passage-view.js';
import type { Embedder } from '../relevance/ranker.js';
import { conceptsOf } from '../text/concepts.js';
import { contentWords } from '../text/words.js';
import { CATCH_ALL, LABEL_PROTOTYPES, type LabelPrototypes, WANTS_PERSON } from './prototypes.js';

export interface Label {
  readonly value: string;
  readonly description?: string | undefined;
}

export interface Classification {
  readonly value: string;
  readonly confidence: number;
  /** Every label's share, the sum being 1. */
  readonly shares: Readonly<Record<string, number>>;
}

/** How sharply a nearer label takes the share of a farther one. */
const TEMPERATURE = 0.055;
const CUE = 0.12;
const SHARED_WORD = 0.08;
/** What a message must be near to at least one label, or it is "other" where there is such a label. */
const CATCH_ALL_SCORE = 0.46;

/** Puts a text under one of a schema's labels, by meaning: labels, their descriptions, and what people say under them. */
export class ZeroShotClassifier {
  constructor(
    private readonly embedder: Embedder,
    private readonly humans: HumanRequestDetector,
  ) {}

  async classify(text: string, labels: readonly Label[]): Promise<Classification> {
    const scores = await Promise.all(labels.map((label) => this.score(text, label)));
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp((score - highest) / TEMPERATURE));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = Object.fromEntries(
      labels.map((label, index) => [label.value, (weights[index] as number) / total]),
    );
    const best = labels[scores.indexOf(highest)] as Label;
    return { value: best.value, confidence: round(shares[best.value] as number), shares };
  }

  private async score(text: string, label: Label): Promise<number> {
    const name = humanised(label.value);
    if (WANTS_PERSON.test(name)) {
      const { requested, score } = await this.humans.detect(text);
      return requested ? 1 : 0.2 * score;
    }
    if (CATCH_ALL.test(name)) return CATCH_ALL_SCORE;
    const known = prototypesOf(name);
    const examples = [name, ...(label.description ? [label.description] : []), ...(known?.sentences ?? [])];
    const [own, ...others] = await this.embedder.embed([text, ...examples]);
    const cosines = others.map((vector) => dot(own as Vector, vector)).sort((a, b) => b - a);
    const nearest = cosines[0] ?? 0;
    const next = cosines.slice(0, 3).reduce((sum, cosine) => sum + cosine, 0) / Math.min(3, cosines.length);
    return 0.7 * nearest + 0.3 * next + spokenFor(text, `${name}. ${label.description ?? ''}`, known);
  }
}

/** What the words themselves say for a label, whatever the meaning of the whole. */
const spokenFor = (text: string, labelText: string, known: LabelPrototypes | undefined): number => {
  const stems = new Set(contentWords(text).map((word) => word.stem));
  const concepts = new Set(conceptsOf(text).map((use) => use.id));
  const shared =
    contentWords(labelText).some((word) => stems.has(word.stem)) ||
    conceptsOf(labelText).some((use) => concepts.has(use.id));
  return (shared ? SHARED_WORD : 0) + (known?.cues?.test(text) && !negated(text, known.cues) ? CUE : 0);
};

/** "not good", "never happy" speak against the label that the word alone would speak for. */
const negated = (text: string, cues: RegExp): boolean => {
  const match = cues.exec(text);
  if (!match) return false;
  return /\b(?:not|never|no|isn't|wasn't|hardly|don't|doesn't|didn't|nothing)\s+(?:\w+\s+){0,2}$/i.test(
    text.slice(0, match.index),
  );
};

export const humanised = (value: string): string =>
  value
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_\-./]+/g, ' ')
    .toLowerCase()
    .trim();

const prototypesOf = (name: string): LabelPrototypes | undefined =>
  LABEL_PROTOTYPES.find(({ names }) => names.includes(name));

const dot = (a: Vector, b: Vector): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
const round = (value: number): number => Math.round(value * 1000) / 1000;
