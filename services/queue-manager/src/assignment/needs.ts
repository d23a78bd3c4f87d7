import { type RequiredSkills, STAFF_ROLES, type StaffRole } from '@baton/contracts';

import type { RegisteredAgent } from '../human-agent/human-agent.state.js';
import { speaks } from './language.js';

/** What whoever takes an item must have. */
export interface Needs {
  readonly skills: RequiredSkills;
  /** The least role; null: any. */
  readonly role: StaffRole | null;
  /** A language that must be spoken; null: none must. */
  readonly language: string | null;
}

export const hasSkills = (agent: RegisteredAgent, required: RequiredSkills): boolean =>
  Object.entries(required).every(([skill, level]) => (agent.profile.skills[skill] ?? 0) >= level);

const hasRole = (agent: RegisteredAgent, role: StaffRole): boolean =>
  STAFF_ROLES.indexOf(agent.profile.role) >= STAFF_ROLES.indexOf(role);

export const meets = (agent: RegisteredAgent, needs: Needs): boolean =>
  hasSkills(agent, needs.skills) &&
  (needs.role === null || hasRole(agent, needs.role)) &&
  (needs.language === null || speaks(agent.profile, needs.language) === 'yes');

/** No skill is called so. */
const ROLE = '@role';
const LANGUAGE = '@language';

/** Needs as one comparable text: few different ones stand for many items. */
export const requirementOf = ({ skills, role, language }: Needs): string =>
  JSON.stringify(
    Object.fromEntries([
      ...Object.entries(skills).sort(([a], [b]) => (a < b ? -1 : 1)),
      ...(role === null ? [] : [[ROLE, role]]),
      ...(language === null ? [] : [[LANGUAGE, language]]),
    ]),
  );

/** The needs that a text of `requirementOf` stands for. */
export const needsOf = (requirement: string): Needs => {
  const {
    [ROLE]: role,
    [LANGUAGE]: language,
    ...skills
  } = JSON.parse(requirement) as Record<string, number | string>;
  return {
    skills: skills as RequiredSkills,
    role: (role as StaffRole | undefined) ?? null,
    language: (language as string | undefined) ?? null,
  };
};
