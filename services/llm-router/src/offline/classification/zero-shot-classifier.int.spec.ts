import { readFileSync } from 'node:fs';

import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import { HumanRequestDetector } from '../human-request/human-request-detector.js';
import { ZeroShotClassifier } from './zero-shot-classifier.js';

type Corpus = Record<string, { readonly labels: string[]; readonly messages: [string, string][] }>;
const corpus = JSON.parse(
  readFileSync(new URL('../../../evaluation/classification.json', import.meta.url), 'utf8'),
) as Corpus;

describe('putting a message under a label', () => {
  const embedder = new BuiltInEmbedder();
  const classifier = new ZeroShotClassifier(embedder, new HumanRequestDetector(embedder));
  afterAll(() => embedder.stop());

  it.each(Object.keys(corpus))('gets most %s right', async (name) => {
    const { labels, messages } = corpus[name] as Corpus[string];
    const wrong: string[] = [];
    for (const [text, label] of messages) {
      const { value } = await classifier.classify(
        text,
        labels.map((each) => ({ value: each })),
      );
      if (value !== label) wrong.push(`${text}: ${value}, not ${label}`);
    }
    expect({ wrong, right: 1 - wrong.length / messages.length >= 0.85 }).toMatchObject({ right: true });
  });

  it('is surer of a plain message than of a vague one', async () => {
    const labels = ['order_status', 'return', 'billing', 'technical', 'human'].map((value) => ({ value }));
    const plain = await classifier.classify('I was charged twice on my credit card', labels);
    const vague = await classifier.classify('I have a thing to ask', labels);

    expect(plain.confidence).toBeGreaterThan(0.7);
    expect(vague.confidence).toBeLessThan(0.6);
  });

  it('goes by a description where a name alone says nothing', async () => {
    const labels = [
      { value: 'queue_a', description: 'Questions about animals and pets' },
      { value: 'queue_b', description: 'Questions about cars and engines' },
    ];
    expect((await classifier.classify('My dog does not eat', labels)).value).toBe('queue_a');
    expect((await classifier.classify('The motor makes a noise', labels)).value).toBe('queue_b');
  });

  it('takes a catch-all label where nothing else fits', async () => {
    const labels = ['order_status', 'billing', 'other'].map((value) => ({ value }));
    expect((await classifier.classify('Write me a poem about the moon', labels)).value).toBe('other');
    expect((await classifier.classify('I need my invoice', labels)).value).toBe('billing');
  });
});
