import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import { loadQuestions } from '../evaluation/questions.js';
import { Ranker } from '../relevance/ranker.js';
import { englishRarity } from '../text/rarity.js';
import { ExtractiveAnswerer, NO_ANSWER } from './extractive-answer.js';

describe('an extractive answer', () => {
  const embedder = new BuiltInEmbedder();
  const answerer = new ExtractiveAnswerer(new Ranker(embedder, englishRarity()));
  const documents = loadQuestions('shop').passages.map((passage) => ({ ...passage, score: 0 }));
  afterAll(() => embedder.stop());

  it('says where it comes from and holds the words that answer', async () => {
    const answer = await answerer.answer('How long do I have to return something?', documents);

    expect(answer.text).toMatch(/^From our help pages \(Returns and refunds, .*\): .*within 30 days/);
    expect(answer.confidence).toBeGreaterThanOrEqual(0.7);
  });

  it('quotes nothing where nothing fits', async () => {
    const answer = await answerer.answer('Who won the football world cup?', documents);

    expect(answer.text).toBe(NO_ANSWER);
    expect(answer.confidence).toBeLessThanOrEqual(0.5);
  });

  it('answers both questions of a message', async () => {
    const answer = await answerer.answer(
      'How do I reset my password? And what does shipping cost?',
      documents,
    );

    expect(answer.text).toContain('Forgot password');
    expect(answer.text).toContain('4.90 EUR');
  });

  it('has nothing to say without documents', async () => {
    expect(await answerer.answer('When are you open?', [])).toEqual({ text: NO_ANSWER, confidence: 0 });
  });

  it('cuts a long passage down to what was asked', async () => {
    const filler = Array.from(
      { length: 30 },
      (_, i) => `Paragraph ${i} tells of the history of the company.`,
    );
    const content = [
      ...filler.slice(0, 15),
      'The deposit for a rented bike is 100 EUR.',
      ...filler.slice(15),
    ].join(' ');
    const answer = await answerer.answer('How much is the deposit for a bike?', [
      { id: '1', title: 'About us', content, score: 0 },
    ]);

    expect(answer.text).toContain('The deposit for a rented bike is 100 EUR.');
    expect(answer.text.length).toBeLessThan(300);
  });
});
