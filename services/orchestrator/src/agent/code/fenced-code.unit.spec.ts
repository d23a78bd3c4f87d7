import { fencedBlock, fencedProgram } from './fenced-code.js';

describe('a program in the words of an answer', () => {
  it('is the first block in a language of ours; what stands around it stays', () => {
    const text =
      'I compute it.\n\n```text\nnot this\n```\n\n```Python title=x\nprint(1)\n\nprint(2)\n```\n\nThen I look.';
    expect(fencedProgram(text)).toEqual({
      language: 'python',
      code: 'print(1)\n\nprint(2)',
      around: 'I compute it.\n\n```text\nnot this\n```\n\n\n\nThen I look.',
    });
  });

  it.each([
    ['js', 'javascript'],
    ['mjs', 'javascript'],
    ['py', 'python'],
    ['python3', 'python'],
  ])('knows %s', (tag, language) => {
    expect(fencedProgram(`~~~${tag}\nx\n~~~`)).toMatchObject({ language, code: 'x', around: '' });
  });

  it('may hold shorter fences, and need not be closed', () => {
    expect(fencedProgram('````js\nconst a = "```";\n```\n````')?.code).toBe('const a = "```";\n```');
    expect(fencedProgram('```js\nlet a;\nlet b;')?.code).toBe('let a;\nlet b;');
  });

  it('is not there where nothing could be run', () => {
    for (const text of ['no block', '```\nplain\n```', '```sql\nselect 1\n```', '```js\n   \n```', '`js`'])
      expect(fencedProgram(text)).toBeUndefined();
  });

  it('takes no longer for a long text without an end', () => {
    expect(fencedBlock('```a\n'.repeat(5000), (tag) => tag === 'json')).toBeUndefined();
  });
});
