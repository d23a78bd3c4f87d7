import type { GroundingDocument } from '@baton/contracts';

import { evidenceOf } from '../relevance/calibration.js';
import type { PassageView } from '../relevance/passage-view.js';
import { type Ranked, type Ranker, readingsOf } from '../relevance/ranker.js';

export interface ExtractiveAnswer {
  readonly text: string;
  /** How surely the extract answers the question. */
  readonly confidence: number;
}

/** A passage of up to this many characters is given whole: cutting it would lose its conditions. */
const WHOLE_PASSAGE = 420;
const MOST_SENTENCES = 3;
/** Below this nothing is quoted: an unrelated extract is worse than none. */
const QUOTABLE = 0.5;
/** A second question of the same message is answered as well where this sure. */
const ALSO_ANSWERED = 0.7;

export const NO_ANSWER = 'The help pages have no clear answer to this.';

/** Answers a question in the very words of the passage that answers it best, and says so. */
export class ExtractiveAnswerer {
  constructor(private readonly ranker: Ranker) {}

  async answer(question: string, documents: readonly GroundingDocument[]): Promise<ExtractiveAnswer> {
    const [best] = await this.ranker.rank(question, documents);
    if (!best || best.score < QUOTABLE) return { text: NO_ANSWER, confidence: best?.score ?? 0 };
    const quoted = [best];
    for (const reading of readingsOf(question).slice(1)) {
      const [other] = await this.ranker.rank(reading, documents);
      if (
        other &&
        other.score >= ALSO_ANSWERED &&
        !quoted.some((known) => known.passage.id === other.passage.id)
      )
        quoted.push(other);
    }
    const parts: string[] = [];
    for (const ranked of quoted.slice(0, 2)) parts.push(await this.quote(question, ranked));
    return { text: parts.join('\n\n'), confidence: best.score };
  }

  private async quote(question: string, { passage, view }: Ranked<GroundingDocument>): Promise<string> {
    const sentences =
      view.plain.length <= WHOLE_PASSAGE ? view.sentences : await this.bestSentences(question, view);
    return `From our help pages (${displayTitle(passage.title)}): ${sentences.map(ended).join(' ')}`;
  }

  /** The best sentence with what follows it, or the best few where they stand apart; in the passage's order. */
  private async bestSentences(question: string, view: PassageView): Promise<string[]> {
    const features = await this.ranker.features(
      question,
      view.sentences.map((sentence) => ({ title: view.heading, content: sentence })),
    );
    const order = features
      .map((feature, index) => ({ index, evidence: evidenceOf(feature) }))
      .sort((a, b) => b.evidence - a.evidence);
    const first = order[0]?.index ?? 0;
    const chosen = new Set([first, ...order.slice(1, MOST_SENTENCES).map(({ index }) => index)]);
    // What comes next often holds the condition of what was just said.
    if (chosen.size < MOST_SENTENCES && first + 1 < view.sentences.length) chosen.add(first + 1);
    return view.sentences.filter((_, index) => chosen.has(index));
  }
}

/** "Returns › What a return costs" as a person would cite it. */
const displayTitle = (title: string): string => title.split(/\s+[›»>]\s+/).join(', ');

const ended = (sentence: string): string => (/[.!?:;]["')\]]*$/.test(sentence) ? sentence : `${sentence}.`);
