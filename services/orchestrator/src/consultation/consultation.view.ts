import type { ConsultationMessageView, ConsultationView, RecordedEvent } from '@baton/contracts';
import { ERASED } from '@baton/event-store';

import type { KnownConsultation } from './consultation.state.js';

/** One message of the history, from its event. */
export const consultationMessageView = (
  event: Pick<RecordedEvent, 'version' | 'data' | 'occurred_at'>,
): ConsultationMessageView => {
  const { message_id, consultation_id, role, content, metadata } = event.data as Omit<
    ConsultationMessageView,
    'position' | 'timestamp'
  >;
  return {
    message_id,
    consultation_id,
    position: event.version,
    role,
    content,
    metadata,
    timestamp: event.occurred_at,
  };
};

/** The key of what was said is gone. */
export const isErased = ({ content }: Pick<ConsultationMessageView, 'content'>): boolean =>
  content === ERASED;

export const consultationView = (
  state: KnownConsultation,
  context: ConsultationView['context'],
  messages: readonly ConsultationMessageView[],
): ConsultationView => ({
  consultation_id: state.consultation_id,
  workflow_id: state.workflow.name,
  agent_id: agentIdOf(state),
  agent_name: agentNameOf(state),
  approval_id: state.approval_id,
  run_id: state.run_id,
  conversation_id: state.conversation_id,
  status: state.status,
  context,
  messages,
  started_at: state.started_at,
  completed_at: state.completed_at,
});

const agentIdOf = ({ node_id, workflow }: KnownConsultation): string => node_id ?? workflow.name;

/** `handle_refund` of `order_management`: Handle refund (order_management). */
export const agentNameOf = ({
  node_id,
  workflow,
}: Pick<KnownConsultation, 'node_id' | 'workflow'>): string => {
  if (node_id === null) return inWords(workflow.name);
  return `${inWords(node_id)} (${workflow.name})`;
};

const inWords = (name: string): string => {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
};
