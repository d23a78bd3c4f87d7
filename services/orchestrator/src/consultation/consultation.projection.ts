import { type KnownConsultation, subjectOf } from './consultation.state.js';
import type { ConsultationRow } from './consultation.tables.js';

/** A consultation's row in the list, from its state. */
export const consultationRow = (
  tenantId: string,
  state: KnownConsultation,
  version: number,
): ConsultationRow => ({
  tenant_id: tenantId,
  consultation_id: state.consultation_id,
  subject: subjectOf(state),
  status: state.status,
  approval_id: state.approval_id,
  run_id: state.run_id,
  conversation_id: state.conversation_id,
  workflow_name: state.workflow.name,
  workflow_version: state.workflow.version,
  started_at: state.started_at,
  updated_at: state.updated_at,
  completed_at: state.completed_at,
  version,
});
