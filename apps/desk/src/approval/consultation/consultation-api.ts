import { connection } from '../../api/connection.js';
import type { Plan } from '../../api/types.js';

export type Role = 'HUMAN' | 'AGENT' | 'SYSTEM';

/** One message of either side. */
export interface ConsultationMessage {
  readonly message_id: string;
  readonly role: Role;
  readonly content: string;
  readonly timestamp: string;
  /** Its place in the history. */
  readonly position?: number;
  readonly metadata?: {
    readonly agent_id?: string;
    readonly proposed_plan?: Plan;
    readonly tools?: readonly { readonly tool: string; readonly outcome: string }[];
    readonly error?: { readonly code: string; readonly message: string };
  };
}

export interface Consultation {
  readonly consultation_id: string;
  readonly agent_name: string;
  readonly status: 'ACTIVE' | 'COMPLETED' | 'CANCELLED';
  /** The latest, oldest first. */
  readonly messages: readonly ConsultationMessage[];
}

const ofId = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** The one that goes on, or else the last; null where nobody has asked anything yet. */
export const consultationOf = async (
  approval_id: string,
  signal: AbortSignal,
): Promise<Consultation | null> => {
  const query = { approval_id, limit: 20 };
  const { data } = await connection().api.GET('/api/v1/consultations', { params: { query }, signal });
  const items = data?.items ?? [];
  return items.find(({ status }) => status === 'ACTIVE') ?? items[0] ?? null;
};

export const startConsultation = async (approval_id: string): Promise<Consultation> =>
  (await connection().api.POST('/api/v1/consultations', { body: { approval_id } })).data as Consultation;

export const readConsultation = async (id: string): Promise<Consultation> =>
  (await connection().api.GET('/api/v1/consultations/{id}', ofId(id))).data as Consultation;

/** Resolves with the agent's answer, however long that takes. */
export const ask = async (id: string, message: string): Promise<ConsultationMessage> => {
  const call = { ...ofId(id), body: { message } };
  const { data } = await connection().api.POST('/api/v1/consultations/{id}/messages', call);
  return data as ConsultationMessage;
};

export const endConsultation = async (id: string): Promise<Consultation> => {
  const call = { ...ofId(id), body: { outcome: 'COMPLETED' as const } };
  return (await connection().api.POST('/api/v1/consultations/{id}/end', call)).data as Consultation;
};

export const socketTicket = async (): Promise<string> =>
  (await connection().api.POST('/api/v1/ws-tickets', {})).data?.ticket ?? '';
