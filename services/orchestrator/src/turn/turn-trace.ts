import {
  BATON_ATTRIBUTES,
  currentTraceparent,
  GEN_AI,
  GEN_AI_OPERATIONS,
  isTracing,
  type OpenSpan,
  spanContextOf,
  spanned,
} from '@baton/service';

import type { ConversationRepository, Loaded } from '../conversation/conversation.repository.js';

/**
 * Runs a turn in the trace of its first message. Whatever else it answers, or what brought it here (news of another
 * turn's end, a sweep), is linked. The traces are read in the log, since another replica may have taken the messages.
 */
export const inTurnTrace = async <T>(
  repository: Pick<ConversationRepository, 'tracesOf'>,
  tenantId: string,
  conversationId: string,
  { state, version }: Loaded,
  work: (span?: OpenSpan) => Promise<T>,
): Promise<T> => {
  if (!isTracing() || state.status === 'NOT_STARTED') return work();
  const turn = state.status === 'AI_PROCESSING' ? state.running : state.collecting;
  if (!turn) return work();
  const messages = turn.inputs.map((input) => input.message_id);
  const [first, ...others] = await repository.tracesOf(tenantId, conversationId, version, messages);
  const heardIn = currentTraceparent();
  const isSame = spanContextOf(first)?.traceId === spanContextOf(heardIn)?.traceId;
  return spanned(
    `${GEN_AI_OPERATIONS.workflow} ${state.workflow.name}`,
    {
      mayBeRoot: true,
      parent: isSame || first === undefined ? heardIn : first,
      links: isSame || first === undefined ? others : [...others, heardIn],
      attributes: {
        [GEN_AI.operation]: GEN_AI_OPERATIONS.workflow,
        [GEN_AI.conversation]: conversationId,
        [BATON_ATTRIBUTES.tenant]: tenantId,
        [BATON_ATTRIBUTES.workflow]: state.workflow.name,
        [BATON_ATTRIBUTES.turn]: turn.turn_number,
      },
    },
    work,
  );
};
