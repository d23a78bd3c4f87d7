import { sentencesOf } from '../text/markdown.js';
import type { Rarity } from '../text/rarity.js';
import { contentWords } from '../text/words.js';
import { evidenceOf, scoreOf } from './calibration.js';
import { type Features, featuresOf } from './features.js';
import {
  type PassageText,
  type PassageView,
  passageView,
  queryView,
  textsToEmbed,
  type Vector,
} from './passage-view.js';

/** Turns texts into unit vectors of the built-in model, whose space the score was fitted in. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<readonly Vector[]>;
}

export interface Passage extends PassageText {
  readonly id: string;
}

export interface Ranked<P extends Passage> {
  readonly passage: P;
  readonly score: number;
  readonly view: PassageView;
}

/** A whole message, and each question in it: "Hi, I moved. How do I change my address?" asks the second thing. */
export const readingsOf = (message: string): string[] => {
  const sentences = sentencesOf(message);
  if (sentences.length < 2) return [message];
  const questions = sentences.filter((sentence) => sentence.endsWith('?'));
  const telling = (questions.length > 0 ? questions : sentences).filter(
    (sentence) => contentWords(sentence).length >= (questions.length > 0 ? 1 : 2),
  );
  return [message, ...telling.slice(-MOST_READINGS)];
};
const MOST_READINGS = 3;

/** Sentence by sentence only what is near as a whole: twenty passages hold 300 sentences of 4 ms, once each. */
const READ_CLOSELY = 6;
const roughTexts = (view: PassageView): string[] => textsToEmbed(view).slice(0, 2);

const VIEWS_KEPT = 2_000;

/** Scores how surely passages answer a question; the same passage and question always score the same. */
export class Ranker {
  private readonly views = new Map<string, PassageView>();

  constructor(
    private readonly embedder: Embedder,
    private readonly rarity: Rarity,
  ) {}

  /** Best first. A message of several sentences is also read question by question: the surest reading counts. */
  async rank<P extends Passage>(query: string, passages: readonly P[]): Promise<Ranked<P>[]> {
    const evidence = passages.map(() => -Infinity);
    for (const reading of readingsOf(query)) {
      const rough = await this.evidence(reading, passages, roughTexts);
      const near = [...rough.keys()]
        .sort((a, b) => (rough[b] as number) - (rough[a] as number))
        .slice(0, READ_CLOSELY);
      const close = await this.evidence(
        reading,
        near.map((index) => passages[index] as P),
        textsToEmbed,
      );
      rough.forEach((value, index) => (evidence[index] = Math.max(evidence[index] as number, value)));
      near.forEach((index, place) => {
        evidence[index] = Math.max(evidence[index] as number, close[place] as number);
      });
    }
    return passages
      .map((passage, index) => ({
        passage,
        score: scoreOf(evidence[index] as number),
        view: this.view(passage),
      }))
      .sort((a, b) => b.score - a.score);
  }

  /** What the score of each passage is made of, in the passages' order. */
  async features(
    query: string,
    passages: readonly PassageText[],
    textsOf: (view: PassageView) => readonly string[] = textsToEmbed,
  ): Promise<Features[]> {
    const asked = queryView(query, this.rarity);
    const views = passages.map((passage) => this.view(passage));
    const texts = views.map(textsOf);
    const vectors = await this.embedder.embed([asked.text, ...texts.flat()]);
    let next = 1;
    return views.map((view, index) => {
      const count = (texts[index] as string[]).length;
      const own = vectors.slice(next, (next += count));
      return featuresOf(asked, view, { query: vectors[0] as Vector, passage: own });
    });
  }

  private async evidence(
    query: string,
    passages: readonly PassageText[],
    textsOf: (view: PassageView) => readonly string[],
  ): Promise<number[]> {
    return (await this.features(query, passages, textsOf)).map(evidenceOf);
  }

  private view(passage: PassageText): PassageView {
    const key = `${passage.title}\n${passage.content}`;
    const known = this.views.get(key);
    if (known) return known;
    if (this.views.size >= VIEWS_KEPT) this.views.delete(this.views.keys().next().value as string);
    const view = passageView(passage);
    this.views.set(key, view);
    return view;
  }
}
