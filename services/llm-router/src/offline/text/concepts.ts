import { CONCEPT_GROUPS } from './concept-groups.js';
import { wordsOf } from './words.js';

/** Concept ids by stem; a phrase is its stems joined by spaces. */
const byPhrase = new Map<string, number[]>();
let longestPhrase = 1;
CONCEPT_GROUPS.forEach((group, id) => {
  for (const phrase of group.split(',')) {
    const stems = wordsOf(phrase).map((word) => word.stem);
    const key = stems.join(' ');
    const ids = byPhrase.get(key) ?? [];
    if (!ids.includes(id)) byPhrase.set(key, [...ids, id]);
    longestPhrase = Math.max(longestPhrase, stems.length);
  }
});

/** What a text speaks of: for each place in its words, the concepts that a phrase starting there names. */
export interface ConceptUse {
  readonly id: number;
  /** The stems that name it. */
  readonly stems: readonly string[];
}

export const conceptsOf = (text: string): ConceptUse[] => {
  const stems = wordsOf(text).map((word) => word.stem);
  const uses: ConceptUse[] = [];
  for (let start = 0; start < stems.length; start += 1) {
    for (let length = 1; length <= longestPhrase && start + length <= stems.length; length += 1) {
      const phrase = stems.slice(start, start + length);
      for (const id of byPhrase.get(phrase.join(' ')) ?? []) uses.push({ id, stems: phrase });
    }
  }
  return uses;
};
