import type { ApprovalEvent, StaffRole } from '@baton/contracts';

import type { ApprovalCommand, Decide, RequestApproval } from './approval.commands.js';
import { approvalDecider } from './approval.decider.js';
import type { Approval } from './approval.state.js';

const NOW = '2026-11-22T10:00:00.000Z';
const LATER = '2026-11-22T11:00:00.000Z';
const of = { approval_id: 'appr_1', run_id: 'run_1', conversation_id: 'conv_1' };

const asked = (given: Partial<RequestApproval['approval']> = {}): RequestApproval => ({
  type: 'RequestApproval',
  approval: {
    ...of,
    kind: 'tool',
    workflow: { name: 'order_management', version: 1 },
    node_id: 'handle',
    call_id: 'c1',
    action_digest: 'd1',
    plan: {
      request: 'orders.refund',
      steps: [{ tool: 'orders.refund', args: { amount: 600 }, reason: null }],
    },
    risk_assessment: { risk_tier: 'HIGH', risk_score: 70, reasons: [] },
    required_role: 'senior',
    approvals_needed: 1,
    excluded_agent_ids: [],
    expires_at: LATER,
    edited_from: null,
    ...given,
  },
});

const by = (agent_id: string, role: StaffRole = 'senior') => ({ agent_id, role });

const decide = (
  decision: Decide['decision'],
  decided_by = by('lena'),
  given: Partial<Decide> = {},
): Decide => ({
  type: 'Decide',
  decision,
  decided_by,
  message: null,
  edit: null,
  now: NOW,
  ...given,
});

/** The state after commands, each on what the ones before it led to. */
const after = (...commands: readonly ApprovalCommand[]): Approval =>
  commands.reduce<Approval>(
    (state, command) => fold(state, approvalDecider.decide(command, state)),
    approvalDecider.initialState(),
  );

const fold = (state: Approval, events: readonly ApprovalEvent[]): Approval =>
  events.reduce((current, event) => approvalDecider.evolve(current, { ...event, occurred_at: NOW }), state);

const START: ApprovalCommand = {
  type: 'StartExecution',
  action_digest: 'd1',
  idempotency_key: 'run_1:handle:c1',
};
const DONE: ApprovalCommand = { type: 'FinishExecution', error: null };

describe('an approval', () => {
  it('is agreed to, begun and done, each once', () => {
    expect(after(asked(), decide('APPROVE')).status).toBe('APPROVED');
    expect(after(asked(), decide('APPROVE'), START).status).toBe('EXECUTING');
    expect(after(asked(), decide('APPROVE'), START, DONE).status).toBe('EXECUTED');
    expect(approvalDecider.decide(DONE, after(asked(), decide('APPROVE'), START, DONE))).toEqual([]);
  });

  it.each([
    ['REJECT', 'REJECTED'],
    ['RESPOND', 'RESPONDED'],
    ['EDIT', 'EDITED'],
  ] as const)('after %s is %s, and lets nothing through', (decision, status) => {
    const state = after(asked(), decide(decision));
    expect(state.status).toBe(status);
    expect(() => approvalDecider.decide(START, state)).toThrow(
      expect.objectContaining({ code: 'stale-owner' }),
    );
  });

  it('says what its action came to where that is a no, or not known', () => {
    const error = { code: 'unsettled', message: 'Nobody knows' };
    expect(after(asked(), decide('APPROVE'), START, { type: 'FinishExecution', error })).toMatchObject({
      status: 'FAILED',
      error,
    });
  });

  it('lets no other action through than the one that was agreed to', () => {
    const state = after(asked(), decide('APPROVE'));
    expect(() => approvalDecider.decide({ ...START, action_digest: 'd2' }, state)).toThrow(/Another action/);
  });

  it('lets nothing through a second time, whoever begins it', () => {
    const state = after(asked(), decide('APPROVE'), START);
    expect(() => approvalDecider.decide(START, state)).toThrow(
      expect.objectContaining({ code: 'stale-owner' }),
    );
  });

  describe('is decided', () => {
    it.each([
      ['agent', 'senior', false],
      ['senior', 'senior', true],
      ['supervisor', 'senior', true],
      ['admin', 'supervisor', true],
      ['agent', 'agent', true],
    ] as const)('by the role %s where %s is needed: %s', (role, required_role, may) => {
      const state = after(asked({ required_role }));
      const attempt = (): unknown => approvalDecider.decide(decide('APPROVE', by('omar', role)), state);
      if (may) expect(attempt()).toHaveLength(1);
      else expect(attempt).toThrow(expect.objectContaining({ code: 'forbidden' }));
    });

    it('once: who comes second is told how it was decided', () => {
      const state = after(asked(), decide('REJECT'));
      expect(() => approvalDecider.decide(decide('APPROVE', by('sue')), state)).toThrow(
        expect.objectContaining({ code: 'invalid-transition', details: { state: 'REJECTED' } }),
      );
    });

    it('by two different people where two are needed', () => {
      const one = after(asked({ approvals_needed: 2 }), decide('APPROVE'));
      expect(one.status).toBe('PENDING');
      expect(() => approvalDecider.decide(decide('APPROVE'), one)).toThrow(
        expect.objectContaining({ code: 'invalid-transition' }),
      );
      expect(
        after(asked({ approvals_needed: 2 }), decide('APPROVE'), decide('APPROVE', by('sue'))).status,
      ).toBe('APPROVED');
    });

    it('with a no by any one of them', () => {
      const commands = [asked({ approvals_needed: 2 }), decide('APPROVE'), decide('REJECT', by('sue'))];
      expect(after(...commands).status).toBe('REJECTED');
    });

    it('by nobody who set it off, where the policy wants maker and checker apart', () => {
      const state = after(asked({ excluded_agent_ids: ['lena'] }));
      expect(() => approvalDecider.decide(decide('APPROVE'), state)).toThrow(
        expect.objectContaining({ code: 'forbidden' }),
      );
      expect(approvalDecider.decide(decide('APPROVE', by('sue')), state)).toHaveLength(1);
    });

    it('by nobody once its time is over, even before anybody has noticed', () => {
      const late = decide('APPROVE', by('lena'), { now: LATER });
      expect(() => approvalDecider.decide(late, after(asked()))).toThrow(
        expect.objectContaining({ code: 'invalid-transition', details: { state: 'EXPIRED' } }),
      );
    });

    it('with yes or no alone where a connection is missing', () => {
      const state = after(asked({ kind: 'reconnect' }));
      expect(() => approvalDecider.decide(decide('RESPOND'), state)).toThrow(
        expect.objectContaining({ code: 'validation-failed' }),
      );
    });
  });

  describe('and time', () => {
    it('is a no when it has passed, and not before', () => {
      expect(approvalDecider.decide({ type: 'Expire', now: NOW }, after(asked()))).toEqual([]);
      expect(after(asked(), { type: 'Expire', now: LATER }).status).toBe('EXPIRED');
    });

    it('is given to whoever asks a question, and never taken', () => {
      const not_before = '2026-11-22T11:05:00.000Z';
      expect(after(asked(), { type: 'Extend', not_before })).toMatchObject({ expires_at: not_before });
      expect(approvalDecider.decide({ type: 'Extend', not_before: NOW }, after(asked()))).toEqual([]);
      expect(
        approvalDecider.decide({ type: 'Extend', not_before }, after(asked(), decide('APPROVE'))),
      ).toEqual([]);
    });

    it('reminds of it only while it is open', () => {
      const remind: ApprovalCommand = { type: 'Escalate', step: 'remind' };
      expect(approvalDecider.decide(remind, after(asked()))).toMatchObject([
        { type: 'approval.escalated', data: { step: 'remind', required_role: 'senior' } },
      ]);
      expect(approvalDecider.decide(remind, after(asked(), decide('REJECT')))).toEqual([]);
    });
  });

  it('is taken back until its action has begun', () => {
    const cancel: ApprovalCommand = { type: 'Cancel', reason: 'resolved' };
    expect(after(asked(), cancel)).toMatchObject({ status: 'CANCELLED', cancelled_because: 'resolved' });
    expect(after(asked(), decide('APPROVE'), cancel).status).toBe('CANCELLED');
    expect(approvalDecider.decide(cancel, after(asked(), decide('APPROVE'), START))).toEqual([]);
  });

  it('of a plan is done when its last step is', () => {
    const step = { tool: 'orders.refund', args: {}, reason: null };
    const plan = asked({ kind: 'plan', plan: { request: 'Both', steps: [step, step] } });
    const half = after(plan, decide('APPROVE'), START, DONE);
    expect(half).toMatchObject({ status: 'EXECUTING', steps_left: 1 });
    expect(
      fold(half, [...approvalDecider.decide(START, half), ...approvalDecider.decide(DONE, half)]),
    ).toMatchObject({
      status: 'EXECUTED',
    });
  });
});
