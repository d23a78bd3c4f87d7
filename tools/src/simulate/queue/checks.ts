import type { AgentProfile } from '@baton/contracts';

import type { Agent, WaitingItem } from './queue-code.js';

const ROLES = ['agent', 'senior', 'supervisor', 'admin'];
const LANGUAGE_SKILLS: Readonly<Record<string, string>> = {
  de: 'german',
  es: 'spanish',
  fr: 'french',
  en: 'english',
};
const SAID_AT_MOST = 20;
/** Behind a decline, whoever else is there. */
const COOL_OFF_MS = 10_000;

/**
 * Keeps its own books of who has what, and holds every step of the queue against them. It shares no code with what it
 * judges.
 */
export class Checks {
  readonly violations: string[] = [];
  count = 0;
  private readonly owners = new Map<string, { readonly agent: string; readonly weight: number }>();
  private readonly loads = new Map<string, number>();

  offered(item: WaitingItem, agent: Agent, now: string): void {
    const who = `${item.handover_id} was offered to ${agent.agent_id}`;
    if (agent.status !== 'ONLINE') this.violated(`${who}, who is ${agent.status}`);
    if (!isEligible(item, agent.profile)) this.violated(`${who}, who has not what it needs`);
    const pass = item.passes[agent.agent_id];
    if (pass?.how === 'declined' && Date.parse(now) - Date.parse(pass.at) < COOL_OFF_MS) {
      this.violated(`${who} at once after they declined it`);
    }
    if (this.owners.has(item.handover_id)) this.violated(`${who} though somebody has it`);
  }

  /** Somebody was asked about `item` while `earlier`, older and as urgent, could have been taken by the same. */
  overtaken(item: string, earlier: string, agent: string): void {
    this.violated(`${agent} was asked about ${item} before ${earlier}, which is older and as urgent`);
  }

  assigned(item: string, agent: Agent, weight: number): void {
    const owner = this.owners.get(item);
    if (owner) this.violated(`${item} has two owners, ${owner.agent} and ${agent.agent_id}`);
    this.owners.set(item, { agent: agent.agent_id, weight });
    this.load(agent, weight);
  }

  ended(item: string, agent: Agent): void {
    const owner = this.owners.get(item);
    if (owner?.agent !== agent.agent_id)
      this.violated(`${item} ended with ${agent.agent_id}, who never had it`);
    this.owners.delete(item);
    this.load(agent, -(owner?.weight ?? 0));
  }

  /** Offers and wrap-ups hold capacity as conversations do. */
  capacity(agent: Agent): void {
    const taken = Object.values(agent.slots).reduce((sum, slot) => sum + (slot.weight ?? 1), 0);
    if (taken > agent.profile.max_concurrent) {
      this.violated(`${agent.agent_id} has ${taken} of ${agent.profile.max_concurrent}`);
    }
  }

  starved(count: number): void {
    this.violated(`${count} items never had anybody`);
  }

  private load(agent: Agent, weight: number): void {
    const load = (this.loads.get(agent.agent_id) ?? 0) + weight;
    this.loads.set(agent.agent_id, load);
    if (load > agent.profile.max_concurrent) {
      this.violated(`${agent.agent_id} has conversations for ${load} of ${agent.profile.max_concurrent}`);
    }
  }

  private violated(what: string): void {
    this.count += 1;
    if (this.violations.length < SAID_AT_MOST) this.violations.push(what);
  }
}

export const isEligible = (
  item: Pick<WaitingItem, 'required_skills' | 'role' | 'language_required' | 'routing'>,
  profile: AgentProfile,
): boolean => {
  for (const [skill, level] of Object.entries(item.required_skills)) {
    if ((profile.skills[skill] ?? 0) < level) return false;
  }
  if (item.role && ROLES.indexOf(profile.role) < ROLES.indexOf(item.role)) return false;
  const { language } = item.routing;
  if (!item.language_required || language === undefined) return true;
  return (
    profile.languages?.includes(language) === true || (LANGUAGE_SKILLS[language] ?? '') in profile.skills
  );
};
