import { stdout } from 'node:process';

import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import type { Features } from '../relevance/features.js';
import { Ranker } from '../relevance/ranker.js';
import { englishRarity } from '../text/rarity.js';
import { loadQuestions, type QuestionSet } from './questions.js';

/** Sets whose even-numbered questions the weights are fitted on; their odd ones, and the other sets, judge them. */
export const FITTED_ON = ['shop', 'bike-workshop', 'clinic', 'invoicing-app'] as const;

interface Example {
  readonly answerable: boolean;
  readonly passages: readonly Features[];
}

type Weights = Record<keyof Features, number>;

/** The questions of a half: every second one. */
export const half = (questions: readonly string[], which: 'fitted' | 'held-out'): string[] =>
  questions.filter((_, index) => (index % 2 === 0) === (which === 'fitted'));

const ROUNDS = 1_500;
const STEP = 1.5;
const REGULARISATION = 0.003;

/** Logistic regression on the best passage of each question, chosen anew in every round. */
export const fit = (examples: readonly Example[]): { weights: Weights; bias: number } => {
  const names = Object.keys(examples[0]?.passages[0] ?? {}) as (keyof Features)[];
  const weights = Object.fromEntries(names.map((name) => [name, name === 'covered' ? 2 : 0])) as Weights;
  let bias = -1;
  const evidence = (features: Features): number =>
    names.reduce((sum, name) => sum + weights[name] * features[name], bias);
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = Object.fromEntries(names.map((name) => [name, 0])) as Weights;
    let biasGradient = 0;
    for (const example of examples) {
      const best = example.passages.reduce((a, b) => (evidence(b) > evidence(a) ? b : a));
      const error = 1 / (1 + Math.exp(-evidence(best))) - (example.answerable ? 1 : 0);
      biasGradient += error;
      for (const name of names) gradient[name] += error * best[name];
    }
    bias -= (STEP * biasGradient) / examples.length;
    for (const name of names)
      weights[name] -= STEP * (gradient[name] / examples.length + REGULARISATION * weights[name]);
  }
  return { weights, bias };
};

const examplesOf = async (ranker: Ranker, set: QuestionSet): Promise<Example[]> => {
  const examples: Example[] = [];
  for (const answerable of [true, false]) {
    for (const question of half(answerable ? set.answerable : set.unanswerable, 'fitted'))
      examples.push({ answerable, passages: await ranker.features(question, set.passages) });
  }
  return examples;
};

const main = async (): Promise<void> => {
  const embedder = new BuiltInEmbedder();
  const ranker = new Ranker(embedder, englishRarity());
  const examples: Example[] = [];
  for (const name of FITTED_ON) examples.push(...(await examplesOf(ranker, loadQuestions(name))));
  const { weights, bias } = fit(examples);
  for (const [name, weight] of Object.entries(weights)) stdout.write(`  ${name}: ${weight.toFixed(2)},\n`);
  stdout.write(`BIAS ${bias.toFixed(2)} from ${examples.length} questions\n`);
  await embedder.stop();
};

if (import.meta.main) await main();
