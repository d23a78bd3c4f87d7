import { type HumanAgentView, PresenceStatus, STAFF_ROLES, type StaffRole } from '@baton/contracts';

import { CALLER_TOKEN } from '../dto/caller-ids.js';
import { DateTime, Email, Int, ListOfText, OneOf, SkillMap, Text } from '../dto/fields.js';

const LANGUAGES = {
  example: ['es', 'en'],
  description: 'All that they speak, as language tags; left out, nobody is kept from them for a language',
};
const SKILLS = { example: { billing: 4, spanish: 5 }, description: 'Skill → level of 1 to 5' };

export class RegisterHumanAgentDto {
  @Text({
    optional: true,
    pattern: CALLER_TOKEN,
    example: 'agent_ana',
    description: 'Made where it is absent',
  })
  agent_id?: string;

  @Text({ min: 1, max: 200, notBlank: true, example: 'Ana' })
  name!: string;

  @Email({ optional: true, nullable: true })
  email?: string | null;

  @OneOf(STAFF_ROLES, {
    optional: true,
    description: 'Each includes the ones before it; `agent` unless told',
  })
  role?: StaffRole;

  @SkillMap({ optional: true, ...SKILLS })
  skills?: Record<string, number>;

  @Int({ optional: true, min: 1, max: 100, description: '3 unless told' })
  max_concurrent?: number;

  @ListOfText({ optional: true, ...LANGUAGES })
  languages?: string[];
}

export class UpdateHumanAgentDto {
  @Text({ optional: true, min: 1, max: 200, notBlank: true })
  name?: string;

  @Email({ optional: true, nullable: true })
  email?: string | null;

  @OneOf(STAFF_ROLES, { optional: true })
  role?: StaffRole;

  @SkillMap({ optional: true, ...SKILLS })
  skills?: Record<string, number>;

  @Int({ optional: true, min: 1, max: 100 })
  max_concurrent?: number;

  @ListOfText({ optional: true, ...LANGUAGES })
  languages?: string[];
}

export class PresenceDto {
  @OneOf(PresenceStatus.options)
  status!: PresenceStatus;
}

export class HumanAgentDto implements HumanAgentView {
  @Text({ example: 'agent_ana' })
  agent_id!: string;

  @Text({ example: 'Ana' })
  name!: string;

  @Text({ nullable: true })
  email!: string | null;

  @OneOf(STAFF_ROLES)
  role!: StaffRole;

  @SkillMap(SKILLS)
  skills!: Record<string, number>;

  @Int()
  max_concurrent!: number;

  @ListOfText({ optional: true, ...LANGUAGES })
  languages?: string[];

  @OneOf(PresenceStatus.options)
  status!: PresenceStatus;

  @Int({ description: 'Capacity taken by open offers, conversations and wrap-ups, each by its weight' })
  active_count!: number;

  @DateTime()
  created_at!: string;

  @DateTime()
  updated_at!: string;
}
