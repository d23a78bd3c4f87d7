import type { Http } from '../http/http.js';
import type { Approval, ApprovalDecision, HumanAgent, Offer, QueueItem } from '../schemas.js';
import type { LiveStream } from '../stream/live-stream.js';
import { type StaffNotification, staffStream, type StaffStreamOptions } from './staff-stream.js';

/** What staff do most; the rest is `client.api`, by its path. */
export interface Staff {
  stream(options?: StaffStreamOptions): LiveStream<StaffNotification>;
  setPresence(agentId: string, status: 'ONLINE' | 'AWAY' | 'OFFLINE'): Promise<HumanAgent>;
  /** Open offers of an agent; with a staff token its own. */
  offers(agentId: string): Promise<readonly Offer[]>;
  /** True in the conversation's own log when this resolves; {@link BatonProblem} 409 where it is gone. */
  accept(offerId: string): Promise<{ readonly conversation_id: string }>;
  decline(offerId: string, reason?: string): Promise<void>;
  /** Who waits, first come first. */
  queue(): Promise<readonly QueueItem[]>;
  /** What is to be decided, newest first. */
  pendingApprovals(): Promise<readonly Approval[]>;
  /** One person's decision, with a staff token; {@link BatonProblem} 409 where it is decided already, 403 where the role does not suffice. */
  decide(approvalId: string, decision: ApprovalDecision): Promise<Approval>;
}

export const staff = (http: Http): Staff => {
  const { api } = http;
  return {
    stream: (options) => staffStream(http, options),
    async setPresence(agentId, status) {
      const params = { path: { id: agentId } };
      const { data } = await api.PUT('/api/v1/human-agents/{id}/presence', { params, body: { status } });
      return data as HumanAgent;
    },
    async offers(agentId) {
      const { data } = await api.GET('/api/v1/offers', {
        params: { query: { agent_id: agentId, limit: 200 } },
      });
      return data?.items ?? [];
    },
    async accept(offerId) {
      const { data } = await api.POST('/api/v1/offers/{id}/accept', { params: { path: { id: offerId } } });
      return data as { conversation_id: string };
    },
    async decline(offerId, reason) {
      const params = { path: { id: offerId } };
      await api.POST('/api/v1/offers/{id}/decline', { params, body: reason === undefined ? {} : { reason } });
    },
    async pendingApprovals() {
      const query = { status: 'PENDING' as const, limit: 200 };
      const { data } = await api.GET('/api/v1/approvals', { params: { query } });
      return data?.items ?? [];
    },
    async decide(approvalId, decision) {
      const params = { path: { id: approvalId } };
      const { data } = await api.POST('/api/v1/approvals/{id}/decision', { params, body: decision });
      return data as Approval;
    },
    async queue() {
      const { data } = await api.GET('/api/v1/queue', { params: { query: { limit: 200 } } });
      return data?.items ?? [];
    },
  };
};
