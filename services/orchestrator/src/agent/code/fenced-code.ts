import type { Language } from '../../sandbox/sandbox.js';

const LANGUAGES: Readonly<Record<string, Language>> = {
  js: 'javascript',
  javascript: 'javascript',
  mjs: 'javascript',
  node: 'javascript',
  py: 'python',
  python: 'python',
  python3: 'python',
};

export interface FencedBlock {
  /** As it stands behind the fence, in lower case. */
  readonly tag: string;
  readonly body: string;
  /** The text without the block. */
  readonly around: string;
}

const FENCE = /^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n([\s\S]*?)(?:\n[ \t]*\1[ \t]*$|$(?![\s\S]))/m;

/** The first fenced block of a text whose tag is one of these; a fence that is never closed reaches to the end. */
export const fencedBlock = (text: string, isWanted: (tag: string) => boolean): FencedBlock | undefined => {
  let from = 0;
  for (;;) {
    const match = FENCE.exec(text.slice(from));
    if (!match) return undefined;
    const [whole, , given = '', body = ''] = match;
    const at = from + match.index;
    const tag = given.toLowerCase();
    if (isWanted(tag)) {
      const around = `${text.slice(0, at)}${text.slice(at + whole.length)}`.trim();
      return { tag, body: body.trimEnd(), around };
    }
    from = at + Math.max(whole.length, 1);
  }
};

export interface FencedProgram {
  readonly language: Language;
  readonly code: string;
  readonly around: string;
}

/** The first program in a text; a block in no language of ours is only shown to the reader. */
export const fencedProgram = (text: string): FencedProgram | undefined => {
  const block = fencedBlock(text, (tag) => tag in LANGUAGES);
  const language = block && LANGUAGES[block.tag];
  return block && language && block.body.trim() !== ''
    ? { language, code: block.body, around: block.around }
    : undefined;
};
