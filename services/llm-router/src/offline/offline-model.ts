import { ExtractiveAnswerer } from './answer/extractive-answer.js';
import { ZeroShotClassifier } from './classification/zero-shot-classifier.js';
import { HumanRequestDetector } from './human-request/human-request-detector.js';
import { type Embedder, Ranker } from './relevance/ranker.js';
import { SchemaFiller } from './structured/schema-filler.js';
import { englishRarity } from './text/rarity.js';

/** Everything that is done without a served model, on one embedder. */
export interface OfflineModel {
  readonly embedder: Embedder;
  readonly ranker: Ranker;
  readonly humans: HumanRequestDetector;
  readonly answerer: ExtractiveAnswerer;
  readonly filler: SchemaFiller;
}

export const offlineModel = (embedder: Embedder): OfflineModel => {
  // The word list is read when the first word is looked up.
  const ranker = new Ranker(embedder, (word) => englishRarity()(word));
  const humans = new HumanRequestDetector(embedder);
  return {
    embedder,
    ranker,
    humans,
    answerer: new ExtractiveAnswerer(ranker),
    filler: new SchemaFiller(new ZeroShotClassifier(embedder, humans), humans),
  };
};
