import { type RelaxStep, STAFF_ROLES, type StaffRole } from '@baton/contracts';

import type { HandoverRequest } from '../conversation/conversation.commands.js';
import { type HandoverFacts, handoverPackage } from '../conversation/handover-package.js';
import type { Routing } from '../conversation/workflows.port.js';
import type { ApprovalToRequest } from './requested-approval.js';

/** What a person is given with a conversation whose run waits for them, and who that may be. */
export const pausedPackage = (
  {
    approval,
    consultation_id,
  }: { readonly approval: ApprovalToRequest | null; readonly consultation_id: string | null },
  facts: Omit<HandoverFacts, 'reason' | 'note' | 'confidence'>,
): HandoverRequest => {
  const handover = handoverPackage({
    ...facts,
    ...(approval && { routing: forDeciders(facts.routing, approval.request.required.role) }),
    reason: approval ? 'approval' : 'consultation',
    note: approval ? noteOf(approval) : 'Somebody talks with the agent before it goes on',
    confidence: null,
  });
  return {
    ...handover,
    context: {
      ...handover.context,
      ...(approval && { approval_id: approval.approval_id }),
      ...(consultation_id !== null && { consultation_id }),
    },
  };
};

const noteOf = ({ request }: ApprovalToRequest): string =>
  `${request.plan.request}: ${request.risk.risk_tier}. ${request.risk.reasons.join('. ')}`;

/** By the workflow's rules, but never to anybody who may not decide, however long it waits. */
const forDeciders = ({ routing, ...rest }: Routing, role: StaffRole): Routing => {
  const policy = routing;
  return {
    ...rest,
    routing: {
      ...policy,
      role: higher(policy.role, role),
      relax: policy.relax.map((step) => keepRole(step, Object.keys(rest.required_skills))),
      ...(policy.reroute && {
        reroute: policy.reroute.map((step) => ({
          ...step,
          role: higher(step.role, role),
          relax: step.relax.map((relax) => keepRole(relax, Object.keys(step.required_skills))),
        })),
      }),
    },
  };
};

const higher = (one: StaffRole | undefined, other: StaffRole): StaffRole =>
  one !== undefined && STAFF_ROLES.indexOf(one) > STAFF_ROLES.indexOf(other) ? one : other;

const keepRole = ({ any_role: _role, anyone, ...step }: RelaxStep, skills: string[]): RelaxStep =>
  anyone ? { ...step, drop: skills, any_language: true } : step;
