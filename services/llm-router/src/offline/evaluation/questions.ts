import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Passage } from '../relevance/ranker.js';

/** A set of notes, with questions that they answer and questions that they do not. */
export interface QuestionSet {
  readonly name: string;
  readonly passages: readonly Passage[];
  readonly answerable: readonly string[];
  readonly unanswerable: readonly string[];
}

interface QuestionFile {
  /** The notes themselves, or the folder that holds them as Markdown. */
  readonly notes: string | readonly { readonly title: string; readonly content: string }[];
  readonly answerable: readonly string[];
  readonly unanswerable: readonly string[];
}

const EVALUATION = fileURLToPath(new URL('../../../evaluation/', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../../../../', import.meta.url));

export const loadQuestions = (name: string): QuestionSet => {
  const file = JSON.parse(readFileSync(join(EVALUATION, `${name}.json`), 'utf8')) as QuestionFile;
  const notes = typeof file.notes === 'string' ? readFolder(join(REPOSITORY, file.notes)) : file.notes;
  return { ...file, name, passages: notes.map((note, index) => ({ id: `${name}-${index}`, ...note })) };
};

/** Every section under its heading, as a search would cut a page up. */
const readFolder = (folder: string): { title: string; content: string }[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => {
      const [top = '', ...sections] = readFileSync(join(folder, name), 'utf8').split(/^## /m);
      const page = top.replace(/^#\s*/, '').trim();
      return sections.map((section) => {
        const [heading = '', ...lines] = section.split('\n');
        return { title: `${page} › ${heading.trim()}`, content: lines.join('\n').trim() };
      });
    });
