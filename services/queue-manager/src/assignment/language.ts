import type { AgentProfile } from '@baton/contracts';

const ENGLISH_NAMES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** The names under which people list a language among their skills: `es`, `spanish`. */
const skillNames = (language: string): readonly string[] => {
  const known = NAMES.get(language);
  if (known) return known;
  const name = ENGLISH_NAMES.of(language)?.toLowerCase();
  const names = name === undefined ? [language] : [language, name];
  NAMES.set(language, names);
  return names;
};
const NAMES = new Map<string, readonly string[]>();

/**
 * Whether an agent speaks a language (`es`): listed as theirs, or a skill by its code or English name. `unknown` where
 * they listed no languages at all: most agents never do, and speak what their customers do.
 */
export const speaks = (
  { languages, skills }: Pick<AgentProfile, 'languages' | 'skills'>,
  language: string,
): 'yes' | 'unknown' | 'no' => {
  if (languages?.includes(language)) return 'yes';
  const names = skillNames(language);
  if (Object.keys(skills).some((skill) => names.includes(skill.toLowerCase()))) return 'yes';
  return languages === undefined || languages.length === 0 ? 'unknown' : 'no';
};
