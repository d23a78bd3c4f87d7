import { readFileSync } from 'node:fs';

import { BuiltInEmbedder } from '../../embedding/builtin/built-in-embedder.js';
import { HumanRequestDetector } from './human-request-detector.js';

interface Corpus {
  readonly asking: readonly string[];
  readonly notAsking: readonly string[];
}
const corpus = JSON.parse(
  readFileSync(new URL('../../../evaluation/human-requests.json', import.meta.url), 'utf8'),
) as Corpus;

describe('asking for a person', () => {
  const embedder = new BuiltInEmbedder();
  const detector = new HumanRequestDetector(embedder);
  afterAll(() => embedder.stop());

  it('is heard in any words, and not where it was not said', async () => {
    const wrong: string[] = [];
    for (const text of corpus.asking)
      if (!(await detector.detect(text)).requested) wrong.push(`missed: ${text}`);
    for (const text of corpus.notAsking)
      if ((await detector.detect(text)).requested) wrong.push(`heard: ${text}`);

    const sentences = corpus.asking.length + corpus.notAsking.length;
    expect(sentences).toBeGreaterThanOrEqual(60);
    expect({ wrong, right: 1 - wrong.length / sentences >= 0.95 }).toMatchObject({ right: true });
  });

  it.each(['I want to talk to a person', 'can I speak to someone real', 'get me a human please', 'agent!'])(
    'is heard in "%s"',
    async (text) => {
      expect(await detector.detect(text)).toMatchObject({ requested: true });
    },
  );

  it('is heard at the end of a long message', async () => {
    const text =
      'I ordered a speaker. It came late. The box was open. Now it crackles. I want to talk to a person.';
    expect((await detector.detect(text)).requested).toBe(true);
  });

  it('is not heard in an empty message', async () => {
    expect(await detector.detect('  ')).toMatchObject({ requested: false });
  });
});
