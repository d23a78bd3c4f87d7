import { type ActionRequest, ApprovalNeeded } from '../tool/approval-needed.js';

/** Why a run stands still until people have had their say. */
export type RunPause =
  | { readonly kind: 'approval'; readonly request: ActionRequest }
  /** Somebody wants to talk with its agent first. */
  | { readonly kind: 'consultation'; readonly consultation_id: string; readonly node_id: string | null };

/** Thrown at a step boundary inside an agent, where somebody wants to talk with it. */
export class ConsultationAsked extends Error {
  override readonly name = 'ConsultationAsked';

  constructor(
    readonly consultationId: string,
    readonly nodeId: string,
  ) {
    super('Somebody wants to talk with the agent');
  }
}

/** The pause that an error stands for, if it does. */
export const pauseOf = (error: unknown): RunPause | undefined => {
  if (error instanceof ApprovalNeeded) return { kind: 'approval', request: error.request };
  if (error instanceof ConsultationAsked)
    return { kind: 'consultation', consultation_id: error.consultationId, node_id: error.nodeId };
  return undefined;
};
