import { parseMarkdown, type Section } from './markdown.js';

/** A passage of a knowledge document, small enough to be quoted as an answer. */
export interface Chunk {
  /** `<file>#<n>`, counted from 1 in the document. */
  readonly id: string;
  /** The document's title and the headings that lead to the passage. */
  readonly title: string;
  readonly content: string;
}

/** An answer of this length can still be read out; longer passages blur what they are about. */
const MAX_WORDS = 120;

/** One document's passages: its sections, those that are too long divided at paragraphs, then at sentences. */
export const chunkMarkdown = (file: string, source: string, maxWords = MAX_WORDS): Chunk[] => {
  const document = parseMarkdown(source, titleOf(file));
  return document.sections
    .flatMap((section) => passages(section, maxWords).map((content) => ({ section, content })))
    .map(({ section, content }, index) => ({
      id: `${file}#${index + 1}`,
      title: sectionTitle(document.title, section),
      content,
    }));
};

/** What stands for a passage in the vector space. */
export const chunkText = (chunk: Pick<Chunk, 'title' | 'content'>): string =>
  `${chunk.title}\n${chunk.content}`;

const sectionTitle = (title: string, section: Section): string =>
  [title, ...section.headings.filter((heading) => heading !== title)].join(' › ');

const titleOf = (file: string): string => {
  const name = (file.split('/').at(-1) ?? file).replace(/\.[^.]+$/, '').replaceAll(/[-_]+/g, ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
};

const passages = (section: Section, maxWords: number): string[] =>
  pack(
    section.blocks.flatMap((block) => (words(block) <= maxWords ? [block] : sentences(block, maxWords))),
    maxWords,
    '\n',
  );

/** Sentence by sentence, and word by word where a sentence alone is too long. */
const sentences = (block: string, maxWords: number): string[] =>
  pack(
    [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(block)].flatMap(({ segment }) =>
      words(segment) <= maxWords ? [segment.trim()] : pack(segment.trim().split(/\s+/), maxWords, ' '),
    ),
    maxWords,
    ' ',
  );

/** Neighbours together for as long as they fit. */
const pack = (parts: readonly string[], maxWords: number, separator: string): string[] => {
  const packed: string[] = [];
  for (const part of parts) {
    const last = packed.at(-1);
    if (last !== undefined && words(last) + words(part) <= maxWords) {
      packed[packed.length - 1] = `${last}${separator}${part}`;
    } else if (part !== '') {
      packed.push(part);
    }
  }
  return packed;
};

const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
