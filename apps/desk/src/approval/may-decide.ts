import type { Approval, Role } from '../api/types.js';

const ROLES: readonly Role[] = ['agent', 'senior', 'supervisor', 'admin'];

export const hasRole = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

/** Who looks at it. */
export interface Viewer {
  readonly agentId: string;
  readonly role: Role;
}

/**
 * `closed`: nothing is to be decided any more; `own`: this person has decided; `maker`: this person set it off;
 * `owner`: another person has the conversation.
 */
export type WhyNot = 'closed' | 'own' | 'maker' | 'role' | 'owner';

/**
 * Why somebody may not decide, as far as the desk knows: the server has the last word.
 * @param ownerId who has the conversation now; null where nobody has
 */
export const whyNot = (
  approval: Approval,
  { agentId, role }: Viewer,
  ownerId: string | null,
): WhyNot | null => {
  if (approval.status !== 'PENDING') return 'closed';
  if (approval.decisions.some(({ decided_by }) => decided_by.agent_id === agentId)) return 'own';
  if (approval.excluded_agent_ids.includes(agentId)) return 'maker';
  if (!hasRole(role, approval.required_role)) return 'role';
  if (ownerId !== null && ownerId !== agentId && !hasRole(role, 'supervisor')) return 'owner';
  return null;
};

/** What waits for this person: what is about their conversations, and what their role may decide. */
export const forMe = (
  approvals: readonly Approval[],
  viewer: Viewer,
  mine: ReadonlySet<string>,
): readonly Approval[] =>
  approvals
    .filter((each) => {
      const why = whyNot(each, viewer, null);
      const isMine = each.conversation_id !== null && mine.has(each.conversation_id);
      return why === null || (isMine && why === 'role');
    })
    .toSorted((a, b) => a.expires_at.localeCompare(b.expires_at));

/** How many different people have said yes. */
export const approvedBy = ({ decisions }: Approval): number =>
  new Set(
    decisions
      .filter(({ decision }) => decision === 'APPROVE' || decision === 'EDIT')
      .map(({ decided_by }) => decided_by.agent_id),
  ).size;
