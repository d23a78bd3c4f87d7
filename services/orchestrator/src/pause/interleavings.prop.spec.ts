import type { ApprovalEvent, ConversationEvent, RunEvent } from '@baton/contracts';
import fc from 'fast-check';

import { approvalDecider } from '../approval/approval.decider.js';
import type { Approval, RequestedApproval } from '../approval/approval.state.js';
import { handover, message } from '../conversation/testing/examples.js';
import type { ConversationCommand } from '../conversation/conversation.commands.js';
import { decide as decideConversation } from '../conversation/conversation.decider.js';
import { evolve as evolveConversation, initialState } from '../conversation/conversation.evolve.js';
import { type Conversation, isLive } from '../conversation/conversation.state.js';
import type { RunCommand } from '../run/run.commands.js';
import { runDecider } from '../run/run.decider.js';
import type { Run } from '../run/run.state.js';
import { decisionFor } from './approval-outcome.js';

const AT = Date.parse('2026-11-22T10:00:00.000Z');

/** What may happen around a run that asks, in any order. */
type Act =
  | { readonly kind: 'message' }
  | {
      readonly kind: 'decide';
      readonly by: number;
      readonly decision: 'APPROVE' | 'REJECT' | 'RESPOND' | 'EDIT';
    }
  | { readonly kind: 'question' }
  | { readonly kind: 'later'; readonly minutes: number }
  | { readonly kind: 'assign'; readonly to: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'widen' }
  | { readonly kind: 'cancel-handover' }
  | { readonly kind: 'back' }
  | { readonly kind: 'resolve' }
  | { readonly kind: 'cancel-run' }
  | { readonly kind: 'play' };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>({ kind: 'message' }),
  fc.record({
    kind: fc.constant('decide' as const),
    by: fc.nat(2),
    decision: fc.constantFrom('APPROVE', 'REJECT', 'RESPOND', 'EDIT'),
  }),
  fc.constant<Act>({ kind: 'question' }),
  fc.record({ kind: fc.constant('later' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('assign' as const), to: fc.nat(2) }),
  ...(['release', 'widen', 'cancel-handover', 'back', 'resolve', 'cancel-run', 'play'] as const).map((kind) =>
    fc.constant<Act>({ kind }),
  ),
  { weight: 4, arbitrary: fc.constant<Act>({ kind: 'play' }) },
  {
    weight: 3,
    arbitrary: fc.nat(2).map((by): Act => ({ kind: 'decide', by, decision: 'APPROVE' })),
  },
);

/** Three streams that change together, or not at all: what the handlers of this folder commit, without a database. */
class World {
  conversation: Conversation = initialState();
  run: Run = runDecider.initialState();
  approvals: Approval[] = [];
  /** Actions that were done, by the approval that let them through. */
  readonly done: string[] = [];
  private clock = AT;
  private numbers = 0;

  constructor(readonly needed: 1 | 2) {
    this.talk(message('t-1', 0, { conversation_id: 'conv_1' }));
    this.clock += 60_000;
    this.play();
  }

  get now(): string {
    return new Date(this.clock).toISOString();
  }

  get pending(): RequestedApproval | undefined {
    const { run } = this;
    const id = run.status === 'PAUSED' ? run.pending.approval_id : null;
    return this.approvals.find(
      (each): each is RequestedApproval => each.status !== 'NONE' && each.approval_id === id,
    );
  }

  /** Everything or nothing: one that is refused leaves no trace. */
  does(what: Act): void {
    const before = { ...this.snapshot() };
    try {
      this.act(what);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'BatonError') throw error;
      ({ conversation: this.conversation, run: this.run, approvals: this.approvals } = before);
    }
    this.hear();
  }

  /** A turn that was taken from the AI takes its run with it, and what that might have done. */
  private hear(): void {
    const { conversation, run } = this;
    if (!isLive(conversation) || (run.status !== 'PAUSED' && run.status !== 'RUNNING')) return;
    const isPlayed =
      isPaused(conversation) ||
      (conversation.status === 'AI_PROCESSING' && conversation.running?.run_id === 'run_1');
    if (isPlayed) return;
    for (const approval of this.approvals)
      if (approval.status === 'APPROVED')
        this.change(approval.approval_id, { type: 'Cancel', reason: 'taken' });
    this.endRun();
  }

  private snapshot() {
    return { conversation: this.conversation, run: this.run, approvals: [...this.approvals] };
  }

  private act(what: Act): void {
    const { now } = this;
    switch (what.kind) {
      case 'message':
        this.numbers += 1;
        return this.talk(message(`t-${this.numbers + 1}`, 0, { conversation_id: 'conv_1', now }));
      case 'decide':
        return this.decide(what);
      case 'question':
        this.approve({ type: 'Extend', not_before: new Date(this.clock + 300_000).toISOString() });
        return;
      case 'later':
        this.clock += what.minutes * 60_000;
        return this.expire();
      case 'assign':
        return this.talk({
          type: 'Assign',
          now,
          agent_id: `agent_${what.to}`,
          handover: handover(`ho_a${(this.numbers += 1)}`, 'staff'),
        });
      case 'release':
        return this.talk({ type: 'Release', now, actor: { type: 'api_key', id: 'k' }, note: null });
      case 'widen':
        return this.talk({
          type: 'RequestHandover',
          now,
          handover: handover(`ho_w${(this.numbers += 1)}`, 'explicit_request'),
        });
      case 'cancel-handover':
        return this.talk({ type: 'CancelHandover', now });
      case 'back':
        return this.back();
      case 'resolve':
        return this.resolve();
      case 'cancel-run':
        return this.cancelRun();
      case 'play':
        return this.play();
    }
  }

  private decide({ by, decision }: Extract<Act, { kind: 'decide' }>): void {
    const { pending } = this;
    if (!pending) return;
    const edited_to = `appr_${this.approvals.length + 1}`;
    const command = {
      type: 'Decide',
      decision,
      decided_by: { agent_id: `agent_${by}`, role: 'senior' },
      message: null,
      edit: decision === 'EDIT' ? { plan: pending.plan, changes: [], edited_to } : null,
      now: this.now,
    } as const;
    const decided = this.approve(command);
    if (decided?.status === 'EDITED') {
      this.ask(edited_to, pending.approval_id);
      this.runs({ type: 'PauseRun', pause: { approval_id: edited_to, consultation_id: null, node_id: 'a' } });
      this.approve({ ...command, decision: 'APPROVE', edit: null });
      const next = this.pending;
      if (next?.status === 'PENDING')
        return this.talk({ type: 'RepauseTurn', now: this.now, run_id: 'run_1', approval_id: edited_to });
    }
    this.settle();
  }

  private expire(): void {
    if (this.approve({ type: 'Expire', now: this.now })?.status === 'EXPIRED') this.settle();
  }

  /** What is decided is told to the run, and its turn goes on where nobody else is awaited. */
  private settle(): void {
    const decision = this.pending && decisionFor(this.pending);
    if (!decision) return;
    this.runs({ type: 'RecordDecision', decision });
    this.talk({ type: 'ResumeTurn', now: this.now, run_id: 'run_1' });
  }

  private back(): void {
    const { pending } = this;
    const waits = this.run.status === 'PAUSED' && !this.run.pending.is_decided && isPaused(this.conversation);
    this.talk({
      type: 'Resolve',
      now: this.now,
      actor: { type: 'api_key', id: 'k' },
      outcome: 'BACK_TO_AI',
      resolution: null,
      guidance: null,
      human_summary: null,
      continue: false,
    });
    if (!waits || !pending) return;
    const cancelled = this.approve({ type: 'Cancel', reason: 'given back' });
    const decision = cancelled && decisionFor(cancelled);
    if (decision) this.runs({ type: 'RecordDecision', decision });
  }

  private resolve(): void {
    const waited = isPaused(this.conversation);
    this.talk({
      type: 'Resolve',
      now: this.now,
      actor: { type: 'api_key', id: 'k' },
      outcome: 'RESOLVED',
      resolution: null,
      guidance: null,
      human_summary: null,
      continue: false,
    });
    if (waited) this.endRun();
  }

  private cancelRun(): void {
    if (this.run.status !== 'PAUSED') return;
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: '0' };
    this.talk({ type: 'CancelPausedTurn', now: this.now, run_id: 'run_1', usage });
    this.endRun();
  }

  private endRun(): void {
    this.approve({ type: 'Cancel', reason: 'over' });
    this.runs({ type: 'CancelRun', reason: 'over' });
  }

  /** A worker comes by: begins the turn that is due, asks, and does what people have agreed to. */
  private play(): void {
    const { conversation, now } = this;
    if (!isLive(conversation) || conversation.status === 'HUMAN_ACTIVE') return;
    if (conversation.status !== 'AI_PROCESSING') {
      const run_id = this.run.status === 'NOT_STARTED' ? 'run_1' : `run_${(this.numbers += 1) + 100}`;
      this.talk({ type: 'StartTurn', now, run_id });
      if (this.conversation.status !== 'AI_PROCESSING') return;
      if (run_id !== 'run_1') return this.complete();
      this.runs({ type: 'StartRun', run: START });
      this.ask('appr_1', null);
      this.runs({ type: 'PauseRun', pause: { approval_id: 'appr_1', consultation_id: null, node_id: 'a' } });
      return this.complete('appr_1');
    }
    const { running } = conversation;
    if (running?.run_id !== 'run_1') return this.complete();
    this.talk({ type: 'RetakeTurn', now, turn_number: running.turn_number, attempt: running.attempt });
    this.runs({ type: 'ResumeRun' });
    this.execute();
    this.runs({
      type: 'CompleteRun',
      result: {
        sink: { kind: 'FINISH', node_id: 'done', reason: null, note: null },
        reply: 'Done',
        confidence: 1,
        output: null,
      },
    });
    this.complete();
  }

  private execute(): void {
    const decision = this.run.status === 'RUNNING' ? this.run.decisions['a/c1'] : undefined;
    if (decision?.decision !== 'APPROVED') return;
    const id = decision.approval_id;
    const started = { type: 'StartExecution', action_digest: 'd', idempotency_key: 'k' } as const;
    this.change(id, started);
    this.done.push(id);
    this.change(id, { type: 'FinishExecution', error: null });
  }

  private complete(approval_id?: string): void {
    const { conversation, now } = this;
    const running = conversation.status === 'AI_PROCESSING' ? conversation.running : null;
    if (!running) return;
    this.talk({
      type: 'CompleteTurn',
      now,
      turn_number: running.turn_number,
      attempt: running.attempt,
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: '0' },
      result:
        approval_id === undefined
          ? {
              kind: 'FINISH',
              reply: { message_id: `msg_${(this.numbers += 1)}`, content: 'Done', confidence: 1 },
              agent_response_hash: 'h',
            }
          : {
              kind: 'PAUSED',
              approval_id,
              consultation_id: null,
              handover: handover('ho_1', 'approval'),
              notice_id: 'notice_1',
            },
    });
  }

  private ask(approval_id: string, edited_from: string | null): void {
    this.approvals.push(approvalDecider.initialState());
    this.change(approval_id, {
      type: 'RequestApproval',
      approval: {
        approval_id,
        run_id: 'run_1',
        conversation_id: 'conv_1',
        kind: 'tool',
        workflow: { name: 'refunds', version: 1 },
        node_id: 'a',
        call_id: 'c1',
        action_digest: 'd',
        plan: { request: 'x', steps: [{ tool: 'orders.refund', args: {}, reason: null }] },
        risk_assessment: { risk_tier: 'CRITICAL', risk_score: 90, reasons: [] },
        required_role: 'senior',
        approvals_needed: this.needed,
        excluded_agent_ids: [],
        expires_at: new Date(this.clock + 3_600_000).toISOString(),
        edited_from,
      },
    });
  }

  private approve(command: Parameters<typeof approvalDecider.decide>[0]): RequestedApproval | undefined {
    const { pending } = this;
    return pending && this.change(pending.approval_id, command);
  }

  private change(id: string, command: Parameters<typeof approvalDecider.decide>[0]): RequestedApproval {
    const index = Number(id.slice('appr_'.length)) - 1;
    const before = this.approvals[index] as Approval;
    const after = approvalDecider
      .decide(command, before)
      .reduce<Approval>(
        (state, event: ApprovalEvent) => approvalDecider.evolve(state, { ...event, occurred_at: this.now }),
        before,
      );
    this.approvals = this.approvals.with(index, after);
    return after as RequestedApproval;
  }

  private runs(command: RunCommand): void {
    this.run = runDecider
      .decide(command, this.run)
      .reduce<Run>(
        (state, event: RunEvent) => runDecider.evolve(state, { ...event, occurred_at: this.now }),
        this.run,
      );
  }

  private talk(command: ConversationCommand): void {
    this.conversation = decideConversation(command, this.conversation).reduce<Conversation>(
      (state, event: ConversationEvent) => evolveConversation(state, { ...event, occurred_at: this.now }),
      this.conversation,
    );
  }
}

const START = {
  run_id: 'run_1',
  workflow: { name: 'refunds', version: 1 },
  mode: 'conversation',
  conversation_id: 'conv_1',
  turn_number: 1,
  input: {},
} as const;

const isPaused = (state: Conversation): boolean => isLive(state) && (state.paused ?? null) !== null;

describe('whatever people, customers and time do around a paused run', () => {
  it('no illegal state is reached: one decision, one action, and nobody waits for nothing', () => {
    let waited = 0;
    let acted = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 30 }), fc.constantFrom(1, 2), (acts, needed) => {
        const world = new World(needed);
        expect(world.run.status).toBe('PAUSED');
        for (const each of acts) {
          world.does(each);
          expect(faultsOf(world)).toEqual([]);
        }
        waited += world.run.status === 'PAUSED' ? 1 : 0;
        acted += world.done.length;
      }),
      { numRuns: 500 },
    );
    // The law is not kept by nothing ever happening.
    expect(waited).toBeGreaterThan(20);
    expect(acted).toBeGreaterThan(20);
  });
});

const faultsOf = ({ conversation, run, approvals, done, pending, needed }: World): string[] => {
  if (!isLive(conversation)) return ['The conversation is gone'];
  const known = approvals.filter((each): each is RequestedApproval => each.status !== 'NONE');
  const paused = conversation.paused ?? null;
  const isWaiting = run.status === 'PAUSED';
  const open = known.filter(({ status }) => status === 'PENDING');
  const laws: readonly (readonly [string, boolean])[] = [
    ['an action was done twice', new Set(done).size === done.length && done.length <= 1],
    [
      'an action was done that not enough people had agreed to',
      done.every((id) => {
        const approval = known.find(({ approval_id }) => approval_id === id);
        const people = approval?.decisions.filter(({ decision }) => decision === 'APPROVE') ?? [];
        return new Set(people.map(({ decided_by }) => decided_by.agent_id)).size === needed;
      }),
    ],
    ['two approvals are open', open.length <= 1],
    [
      'an approval is open that nobody waits for',
      open.every(({ approval_id }) => pending?.approval_id === approval_id),
    ],
    ['the turn is paused and its run is not', paused === null || isWaiting],
    [
      'the run waits and no turn stands for it',
      !isWaiting ||
        paused !== null ||
        (conversation.status === 'AI_PROCESSING' && conversation.running?.run_id === 'run_1'),
    ],
    [
      'what was agreed to is silently not done',
      known.every(({ status }) => status !== 'APPROVED') || isWaiting || run.status === 'RUNNING',
    ],
    ['an AI turn runs beside people', !(paused && conversation.status === 'AI_PROCESSING')],
    [
      'what is decided waits with nobody on it',
      !(
        isWaiting &&
        run.pending.is_decided &&
        conversation.status === 'PENDING_HUMAN' &&
        conversation.handover.reason === 'approval'
      ),
    ],
  ];
  return laws.filter(([, holds]) => !holds).map(([law]) => law);
};
