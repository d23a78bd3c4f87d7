import { connection } from './connection.js';
import type { Approval, ApprovalDecision, Presence } from './types.js';

/** What staff do. Each is done once, however often it is asked: the client sends the same key with every try. */

const ofId = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** Optional text: what is empty is not said. */
const said = <K extends string>(name: K, text: string): Partial<Record<K, string>> =>
  text.trim() === '' ? {} : ({ [name]: text.trim() } as Record<K, string>);

export interface EditedStep {
  readonly tool: string;
  readonly args: unknown;
  readonly reason: string | null;
}

export interface Decision {
  readonly decision: ApprovalDecision['decision'];
  readonly message?: string;
  /** Of an EDIT, and of nothing else. */
  readonly steps?: readonly EditedStep[];
}

/** Resolves with the approval as it is after it. */
export const decideApproval = async (
  id: string,
  { decision, message = '', steps }: Decision,
): Promise<Approval> => {
  const { data } = await connection().api.POST('/api/v1/approvals/{id}/decision', {
    ...ofId(id),
    body: {
      decision,
      ...said('message', message),
      ...(steps && { edited_plan: { steps: steps.map((step) => ({ ...step })) } as never }),
    },
  });
  return data as Approval;
};

export const setPresence = (agentId: string, status: Presence): Promise<unknown> =>
  connection().api.PUT('/api/v1/human-agents/{id}/presence', { ...ofId(agentId), body: { status } });

export const acceptOffer = (offerId: string): Promise<unknown> =>
  connection().api.POST('/api/v1/offers/{id}/accept', ofId(offerId));

export const declineOffer = (offerId: string, reason: string): Promise<unknown> =>
  connection().api.POST('/api/v1/offers/{id}/decline', { ...ofId(offerId), body: said('reason', reason) });

export const sayAsAgent = (conversation_id: string, turn_id: string, message: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/message', {
    body: { conversation_id, turn_id, message, sender_type: 'human_agent' },
  });

export const resolve = (id: string, resolution: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/resolve/{id}', {
    ...ofId(id),
    body: { outcome: 'RESOLVED', continue: false, ...said('resolution', resolution) },
  });

export const giveBack = (id: string, guidance: string, goOn: boolean): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/resolve/{id}', {
    ...ofId(id),
    body: { outcome: 'BACK_TO_AI', continue: goOn, ...said('guidance', guidance) },
  });

export interface TransferTarget {
  readonly to_agent_id?: string;
  readonly required_skills?: Record<string, number>;
}

export const transfer = (id: string, target: TransferTarget, note: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/transfer/{id}', { ...ofId(id), body: { ...target, note } });

export const release = (id: string, note: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/release/{id}', { ...ofId(id), body: said('note', note) });

export const assign = (id: string, agent_id: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/assign/{id}', { ...ofId(id), body: { agent_id } });

export const whisper = (id: string, message: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/whisper/{id}', { ...ofId(id), body: { message } });

export const wrapUp = (id: string): Promise<unknown> =>
  connection().api.POST('/api/v1/hil/wrap-up/{id}', ofId(id));

/** Shown to the customer and kept nowhere: one that gets lost is no loss. */
export const typing = async (id: string, isTyping: boolean): Promise<void> => {
  await connection()
    .api.POST('/api/v1/conversations/{id}/typing', { ...ofId(id), body: { typing: isTyping } })
    .catch(() => undefined);
};
