import { fittingSnippets, snippetQuery } from './snippets.js';

describe('snippets in the reply box', () => {
  it('are asked for by a slash that begins a word', () => {
    expect(snippetQuery('/', 1)).toEqual({ from: 0, word: '' });
    expect(snippetQuery('Well, /he', 9)).toEqual({ from: 6, word: 'he' });
    expect(snippetQuery('one\n/he', 7)).toEqual({ from: 4, word: 'he' });
    for (const text of ['either/or', 'https://example.org', '/hello there', '']) {
      expect(snippetQuery(text, text.length)).toBeNull();
    }
  });

  it('come with those first whose name fits', () => {
    const snippets = [
      { name: 'bye', text: 'Well then' },
      { name: 'hello', text: 'Hi' },
      { name: 'wellcome', text: 'x' },
    ];
    expect(fittingSnippets(snippets, 'WELL').map(({ name }) => name)).toEqual(['wellcome', 'bye']);
    expect(fittingSnippets(snippets, '')).toHaveLength(3);
    expect(fittingSnippets(snippets, 'zzz')).toEqual([]);
  });
});
