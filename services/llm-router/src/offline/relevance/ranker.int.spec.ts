import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import { FITTED_ON, half } from '../evaluation/fit-relevance.js';
import { loadQuestions, type QuestionSet } from '../evaluation/questions.js';
import { englishRarity } from '../text/rarity.js';
import { Ranker } from './ranker.js';

/** `staff-handbook` and `camera-manual` were written after the last change of words and features: the strictest judges. */
const NEVER_FITTED_ON = [
  'library',
  'hotel',
  'yoga-studio',
  'waste-collection',
  'staff-handbook',
  'camera-manual',
];

describe('how surely a passage answers a question', () => {
  const embedder = new BuiltInEmbedder();
  const ranker = new Ranker(embedder, englishRarity());
  afterAll(() => embedder.stop());

  const bestScore = async (question: string, set: QuestionSet): Promise<number> =>
    (await ranker.rank(question, set.passages))[0]?.score ?? 0;

  const judge = async (sets: readonly QuestionSet[]) => {
    const answerable: number[] = [];
    const unanswerable: number[] = [];
    for (const set of sets) {
      for (const question of set.answerable) answerable.push(await bestScore(question, set));
      for (const question of set.unanswerable) unanswerable.push(await bestScore(question, set));
    }
    const share = (scores: readonly number[], right: (score: number) => boolean): number =>
      scores.filter(right).length / scores.length;
    return {
      questions: answerable.length + unanswerable.length,
      answered: share(answerable, (score) => score >= 0.6),
      surelyAnswered: share(answerable, (score) => score >= 0.7),
      refused: share(unanswerable, (score) => score < 0.6),
      surelyRefused: share(unanswerable, (score) => score <= 0.5),
    };
  };

  it('tells answerable questions from others on questions it was never fitted on', async () => {
    const heldOut = FITTED_ON.map(loadQuestions).map((set) => ({
      ...set,
      answerable: half(set.answerable, 'held-out'),
      unanswerable: half(set.unanswerable, 'held-out'),
    }));
    const result = await judge([...heldOut, ...NEVER_FITTED_ON.map(loadQuestions)]);

    // Measured: 93 % of 395 right; floors a little below, so that a worse change of words is seen.
    expect(result.questions).toBeGreaterThan(380);
    expect(result.answered).toBeGreaterThanOrEqual(0.89);
    expect(result.surelyAnswered).toBeGreaterThanOrEqual(0.87);
    expect(result.refused).toBeGreaterThanOrEqual(0.92);
    expect(result.surelyRefused).toBeGreaterThanOrEqual(0.92);
  }, 300_000);

  it('rather hands over than answers wrongly on notes of a kind it has never seen', async () => {
    const result = await judge(['staff-handbook', 'camera-manual'].map(loadQuestions));

    // Measured: 78 % answered, 100 % refused.
    expect(result.answered).toBeGreaterThanOrEqual(0.7);
    expect(result.refused).toBeGreaterThanOrEqual(0.95);
  }, 300_000);

  it('answers from a note of one line', async () => {
    const note = { id: '1', title: 'Opening hours', content: 'We are open 9 to 17.' };

    for (const question of [
      'When are you open?',
      'What are your opening hours?',
      'when do you close',
      'how long are u open?',
    ])
      expect((await ranker.rank(question, [note]))[0]?.score).toBeGreaterThanOrEqual(0.7);
    for (const question of ['Do you sell bread?', 'Where is order 1001?', 'What is the capital of France?'])
      expect((await ranker.rank(question, [note]))[0]?.score).toBeLessThanOrEqual(0.5);
  });

  it('reads the question out of a message that tells more', async () => {
    const note = { id: '1', title: 'Opening hours', content: 'We are open 9 to 17.' };
    const message = 'Hi there! My name is Ana and I moved here from Lisbon last spring. When are you open?';

    expect((await ranker.rank(message, [note]))[0]?.score).toBeGreaterThanOrEqual(0.7);
  });
});
