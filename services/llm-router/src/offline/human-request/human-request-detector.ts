import type { HumanRequestVerdict } from '@baton/contracts';

import type { Vector } from '../relevance/passage-view.js';
import type { Embedder } from '../relevance/ranker.js';
import { sentencesOf } from '../text/markdown.js';
import { askedInWords } from './patterns.js';
import { ASKS_FOR_A_PERSON, SOUNDS_ALIKE } from './prototypes.js';

/** The nearest request must be this near, and nearer than anything that only sounds alike. */
const NEAR = 0.62;
const MARGIN = 0.1;
const SAID_OUTRIGHT = 0.97;
const SAID_OTHERWISE = 0.03;

/** Hears whether a customer asks for a person: by words in several languages, by meaning in English. */
export class HumanRequestDetector {
  private prototypes: Promise<{ asking: readonly Vector[]; alike: readonly Vector[] }> | undefined;

  constructor(private readonly embedder: Embedder) {}

  async detect(text: string): Promise<HumanRequestVerdict> {
    const sentences = sentencesOf(text);
    const said = sentences.map(askedInWords);
    if (said.includes(true)) return { requested: true, score: SAID_OUTRIGHT };
    const open = sentences.filter((_, index) => said[index] === undefined);
    if (open.length === 0) return { requested: false, score: SAID_OTHERWISE };
    const { asking, alike } = await this.embeddedPrototypes();
    // The end of a long message is where a request stands.
    const vectors = await this.embedder.embed(open.slice(-MOST_SENTENCES));
    const score = Math.max(
      ...vectors.map((vector) => contrast(nearest(vector, asking), nearest(vector, alike))),
    );
    return { requested: score >= 0.5, score };
  }

  private embeddedPrototypes(): Promise<{ asking: readonly Vector[]; alike: readonly Vector[] }> {
    return (this.prototypes ??= this.embedder
      .embed([...ASKS_FOR_A_PERSON, ...SOUNDS_ALIKE])
      .then((vectors) => ({
        asking: vectors.slice(0, ASKS_FOR_A_PERSON.length),
        alike: vectors.slice(ASKS_FOR_A_PERSON.length),
      }))
      .catch((error: unknown) => {
        this.prototypes = undefined;
        throw error;
      }));
  }
}

const MOST_SENTENCES = 8;

/** 0.5 where the message is just near enough to a request and clear enough of what sounds alike. */
export const contrast = (toAsking: number, toAlike: number): number =>
  1 / (1 + Math.exp(-12 * Math.min(toAsking - NEAR, toAsking - toAlike - MARGIN)));

const nearest = (vector: Vector, others: readonly Vector[]): number =>
  Math.max(
    ...others.map((other) => other.reduce((sum, value, index) => sum + value * (vector[index] as number), 0)),
  );
