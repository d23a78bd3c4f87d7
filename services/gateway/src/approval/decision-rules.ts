import { BatonError, type FieldError } from '@baton/contracts';

import type { DecideApprovalDto } from './approval.dto.js';

/** Approvals of more steps are nobody's. */
const MOST_STEPS = 100;

/**
 * What goes with which decision.
 * @throws BatonError `validation-failed` naming the field
 */
export const requireConsistent = ({ decision, edited_plan, message }: DecideApprovalDto): void => {
  const errors: FieldError[] = [];
  if (decision === 'EDIT' && !edited_plan)
    errors.push({ path: 'edited_plan', message: 'an EDIT needs the plan as it should be' });
  if (decision !== 'EDIT' && edited_plan)
    errors.push({ path: 'edited_plan', message: 'goes with an EDIT only' });
  const steps = edited_plan?.steps.length ?? 1;
  if (steps === 0 || steps > MOST_STEPS)
    errors.push({ path: 'edited_plan.steps', message: `must hold 1 to ${MOST_STEPS} steps` });
  if (decision === 'RESPOND' && (message ?? '').trim() === '')
    errors.push({ path: 'message', message: 'a RESPOND says what the agent should do' });
  if (errors.length > 0) throw new BatonError('validation-failed', 'The body is not valid', { errors });
};
