import { type Actor, BatonError, STAFF_ROLES } from '@baton/contracts';

/** Supervisors and admins look after everybody. */
export const isSupervisor = (actor: Actor): boolean =>
  actor.role !== undefined && STAFF_ROLES.indexOf(actor.role) >= STAFF_ROLES.indexOf('supervisor');

/** An agent for themselves, a supervisor for anybody; a key and Baton itself are nobody's colleague. */
export const mayAnswerFor = (actor: Actor, agentId: string): boolean =>
  actor.type !== 'human_agent' || actor.id === agentId || isSupervisor(actor);

/** @throws BatonError `forbidden` */
export const requireMayAnswerFor = (actor: Actor, agentId: string): void => {
  if (!mayAnswerFor(actor, agentId)) throw new BatonError('forbidden', `This is for ${agentId} to do`);
};
