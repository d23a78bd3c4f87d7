import { readdir, readFile } from 'node:fs/promises';

import { chunkMarkdown } from './chunking.js';

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;

describe('cutting a knowledge document into passages', () => {
  it('makes a passage of each section, titled with the document and its headings', () => {
    const source = `# Returns\n\nSend it back.\n\n## How long do I have?\n\nYou have 30 days.\n\n### Sale items\n\n14 days.\n`;
    expect(chunkMarkdown('returns.md', source)).toEqual([
      { id: 'returns.md#1', title: 'Returns', content: 'Send it back.' },
      { id: 'returns.md#2', title: 'Returns › How long do I have?', content: 'You have 30 days.' },
      {
        id: 'returns.md#3',
        title: 'Returns › How long do I have? › Sale items',
        content: '14 days.',
      },
    ]);
  });

  it('keeps the headings of siblings apart', () => {
    const titles = chunkMarkdown('a.md', '# A\n## B\nb\n### C\nc\n## D\nd\n').map((chunk) => chunk.title);
    expect(titles).toEqual(['A › B', 'A › B › C', 'A › D']);
  });

  it('takes the title from the file where the document has none', () => {
    expect(chunkMarkdown('guides/gift-cards.md', 'They never expire.')).toEqual([
      { id: 'guides/gift-cards.md#1', title: 'Gift cards', content: 'They never expire.' },
    ]);
  });

  it('takes no comment in a code block for a heading', () => {
    const source = '# Set-up\n\n```sh\n# not a heading\nrun\n```\n\nDone.\n';
    expect(chunkMarkdown('a.md', source)).toEqual([
      { id: 'a.md#1', title: 'Set-up', content: '# not a heading\nrun\nDone.' },
    ]);
  });

  it('gives plain text: no emphasis, links, quotes, tables or front matter', () => {
    const source =
      '---\ntitle: x\n---\n# Pay\n\n> **Pay** with _card_ or `PayPal`, see [help](https://help.example).\n\n| way | fee |\n|---|---|\n| card | 0 |\n\n* one\n* two_words_kept\n';
    expect(chunkMarkdown('pay.md', source)[0]?.content).toBe(
      'Pay with card or PayPal, see help.\nway, fee\ncard, 0\n- one\n- two_words_kept',
    );
  });

  it('divides a long section at paragraphs, a long paragraph at sentences, a long sentence at words', () => {
    const sentence = `${Array.from({ length: 39 }, (_, n) => `w${n}`).join(' ')} end.`;
    const paragraph = [sentence, sentence, sentence, sentence].join(' ');
    const endless = Array.from({ length: 250 }, (_, n) => `v${n}`).join(' ');
    const chunks = chunkMarkdown('long.md', `# Long\n\n${paragraph}\n\nShort one.\n\n${endless}\n`);
    expect(chunks.every((chunk) => words(chunk.content) <= 120)).toBe(true);
    expect(chunks[0]?.content).toBe([sentence, sentence, sentence].join(' '));
    const all = chunks.map((chunk) => chunk.content).join(' ');
    expect(words(all)).toBe(4 * 40 + 2 + 250);
  });

  it('joins the lines of a wrapped paragraph and of a wrapped list item', () => {
    expect(chunkMarkdown('a.md', '# A\n\nOne\ntwo.\n\n- first\n  goes on\n- second\n')[0]?.content).toBe(
      'One two.\n- first goes on\n- second',
    );
  });

  it('makes nothing of an empty document', () => {
    expect(chunkMarkdown('empty.md', '# Only a heading\n\n## Another\n')).toEqual([]);
  });

  it('cuts the demo knowledge into passages that can be quoted', async () => {
    const folder = new URL('../../../../config/knowledge/', import.meta.url);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.md'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const chunks = chunkMarkdown(file, await readFile(new URL(file, folder), 'utf8'));
      expect(chunks.length).toBeGreaterThan(0);
      for (const chunk of chunks) {
        expect(words(chunk.content)).toBeLessThanOrEqual(120);
        expect(chunk.content).not.toMatch(/\*\*|\]\(/);
      }
    }
  });
});
