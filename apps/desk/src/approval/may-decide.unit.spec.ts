import type { Approval } from '../api/types.js';
import { approvedBy, forMe, whyNot } from './may-decide.js';

const approvalOf = (more: Partial<Approval> = {}): Approval => ({
  approval_id: 'appr_1',
  run_id: 'run_1',
  conversation_id: 'conv_1',
  workflow: { name: 'w', version: 1 },
  node_id: 'handle',
  kind: 'tool',
  action_digest: 'd',
  plan: { request: 'orders.refund', steps: [] },
  risk_assessment: { risk_tier: 'HIGH', risk_score: 70, reasons: [] },
  required_role: 'senior',
  approvals_needed: 2,
  excluded_agent_ids: [],
  decisions: [],
  status: 'PENDING',
  requested_at: '2026-11-22T10:00:00.000Z',
  expires_at: '2026-11-22T11:00:00.000Z',
  updated_at: '2026-11-22T10:00:00.000Z',
  edited_from: null,
  edited_to: null,
  error: null,
  cancelled_because: null,
  ...more,
});
const decided = (agent_id: string, decision: 'APPROVE' | 'REJECT' = 'APPROVE') => ({
  decision,
  decided_by: { agent_id, role: 'senior' as const },
  message: null,
  decided_at: '2026-11-22T10:01:00.000Z',
  edited_plan: null,
  changes: [],
});
const lena = { agentId: 'lena', role: 'senior' as const };

describe('who may decide', () => {
  it('is whoever has the role, once, while it is open and nobody else has the conversation', () => {
    expect(whyNot(approvalOf(), lena, null)).toBeNull();
    expect(whyNot(approvalOf(), lena, 'lena')).toBeNull();
    expect(whyNot(approvalOf(), { ...lena, role: 'agent' }, null)).toBe('role');
    expect(whyNot(approvalOf(), { ...lena, role: 'admin' }, 'ana')).toBeNull();
    expect(whyNot(approvalOf(), lena, 'ana')).toBe('owner');
    expect(whyNot(approvalOf({ decisions: [decided('lena')] }), lena, null)).toBe('own');
    expect(whyNot(approvalOf({ decisions: [decided('omar')] }), lena, null)).toBeNull();
    expect(whyNot(approvalOf({ excluded_agent_ids: ['lena'] }), lena, null)).toBe('maker');
    expect(whyNot(approvalOf({ status: 'EXPIRED' }), lena, null)).toBe('closed');
  });

  it('has before them what they may decide and what is about their conversations, the first to end first', () => {
    const all = [
      approvalOf({ approval_id: 'later', expires_at: '2026-11-22T12:00:00.000Z' }),
      approvalOf({ approval_id: 'soon' }),
      approvalOf({ approval_id: 'above', required_role: 'supervisor', conversation_id: 'conv_2' }),
      approvalOf({ approval_id: 'not_mine', required_role: 'supervisor', conversation_id: 'conv_3' }),
      approvalOf({ approval_id: 'done', decisions: [decided('lena')] }),
    ];
    expect(forMe(all, lena, new Set(['conv_2'])).map(({ approval_id }) => approval_id)).toEqual([
      'soon',
      'above',
      'later',
    ]);
  });

  it('counts people, not clicks', () => {
    const decisions = [decided('lena'), decided('lena'), decided('omar'), decided('sue', 'REJECT')];
    expect(approvedBy(approvalOf({ decisions }))).toBe(2);
  });
});
