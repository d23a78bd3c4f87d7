import { connection } from '../../api/connection.js';
import type { Plan } from '../../api/types.js';

export type Role = 'HUMAN' | 'AGENT' | 'SYSTEM';

/** One message of either side. */
export interface ConsultationMessage {
  readonly message_id: string;
  readonly role: Role;
  readonly content: string;
  readonly timestamp: string;
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

/** The generated types know these calls as well; the desk looks at so much of them only. */
interface Calls {
  GET(path: string, init: object): Promise<{ data?: unknown }>;
  POST(path: string, init: object): Promise<{ data?: unknown }>;
}
const calls = (): Calls => connection().api as unknown as Calls;
const ofId = (id: string): object => ({ params: { path: { id } } });

/** The one that goes on, or else the last; null where nobody has asked anything yet. */
export const consultationOf = async (
  approval_id: string,
  signal: AbortSignal,
): Promise<Consultation | null> => {
  const query = { approval_id, limit: 20 };
  const { data } = await calls().GET('/api/v1/consultations', { params: { query }, signal });
  const { items } = data as { items: readonly Consultation[] };
  return items.find(({ status }) => status === 'ACTIVE') ?? items[0] ?? null;
};

export const startConsultation = async (approval_id: string): Promise<Consultation> =>
  (await calls().POST('/api/v1/consultations', { body: { approval_id } })).data as Consultation;

export const readConsultation = async (id: string): Promise<Consultation> =>
  (await calls().GET('/api/v1/consultations/{id}', ofId(id))).data as Consultation;

/** Resolves with the agent's answer, however long that takes. */
export const ask = async (id: string, message: string): Promise<ConsultationMessage> =>
  (await calls().POST('/api/v1/consultations/{id}/messages', { ...ofId(id), body: { message } }))
    .data as ConsultationMessage;

export const endConsultation = async (id: string): Promise<Consultation> =>
  (await calls().POST('/api/v1/consultations/{id}/end', { ...ofId(id), body: { outcome: 'COMPLETED' } }))
    .data as Consultation;

export const socketTicket = async (): Promise<string> => {
  const { data } = await calls().POST('/api/v1/ws-tickets', {});
  return (data as { ticket: string }).ticket;
};
