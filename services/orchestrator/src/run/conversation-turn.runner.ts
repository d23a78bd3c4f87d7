import { BatonError, type RunEvent } from '@baton/contracts';
import { withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import { conversationKeyId } from '../conversation/conversation-ref.js';
import type { PausedRuns } from '../pause/paused-runs.js';
import { approvalToRequest, runPausedFor, runPausedForConsultation } from '../pause/requested-approval.js';
import type { RecordedDecision } from '../tool/run-journal.port.js';
import type { PlayedTurn, TurnRunner, TurnToPlay } from '../turn/turn-runner.port.js';
import type { SinkDecision } from '../workflow/handover-triggers.js';
import type { Workflow } from '../workflow/workflow.js';
import type { Scope } from '../workflow/expression/expression-engine.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { agentContextOf, conversationScope, inputOf } from './conversation-input.js';
import { draftDecision, draftRequest, draftText, guidedAgain, isDraft, mayDraft } from './draft.js';
import { keptSteps } from './kept-steps.js';
import { type Replied, RepliedTurn } from './replied-turn.js';
import { runDecider } from './run.decider.js';
import { decided, endingEvents, intentIn, triedIn } from './run-end.js';
import type { FailedOutcome, PausedOutcome, SinkOutcome } from './run-outcome.js';
import type { RunPause } from './run-pause.js';
import type { RunRepository } from './run.repository.js';
import { scopeOfRun } from './run-scope.js';
import { type RunningRun, usageOf } from './run.state.js';
import type { RuntimePorts } from './runtime.ports.js';

const CANCEL_WITHIN_MS = 5000;

/** Plays the runs of conversations, and decides by the workflow's triggers what becomes of their answers. */
export class ConversationTurnRunner implements TurnRunner {
  constructor(
    private readonly repository: RunRepository,
    private readonly registry: WorkflowRegistry,
    private readonly ports: RuntimePorts,
    private readonly pausedRuns: Pick<PausedRuns, 'withoutApprovals'>,
  ) {}

  async play(turn: TurnToPlay): Promise<PlayedTurn> {
    const { tenantId, runId } = turn;
    // 1. Load the run and its workflow's version
    const keyId = conversationKeyId(turn.conversation.conversation_id);
    const { state, version } = turn.started
      ? { state: runDecider.evolve(runDecider.initialState(), turn.started), version: 1 }
      : await this.repository.load(tenantId, runId, keyId);
    if (state.status !== 'RUNNING') throw new BatonError('stale-owner', 'The run has ended');
    const { workflow } = await this.registry.version(tenantId, state.workflow.name, state.workflow.version);
    // 2. Play it
    const appender = this.repository.appender(tenantId, { state, version });
    const { input, opening } = inputOf(state, turn, workflow);
    // A draft that people answered is written anew.
    const again = guidedAgain(state, workflow);
    const now = this.ports.clock.nowIso();
    const run = again.reduce((current, event) => evolved(current, event, now), { ...state, input });
    const reply = await new RepliedTurn(
      {
        tenantId,
        workflow,
        run,
        opening: [...opening, ...again],
        appender,
        signal: turn.signal,
        conversation: conversationScope(turn),
        context: agentContextOf(turn),
        // What a person is to send is nobody's to see before.
        streamTo: mayDraft(workflow) ? null : turn.streamTo,
      },
      turn,
      this.ports,
    ).play();
    // 3. End it as the triggers and the people decided
    return this.ended(tenantId, await this.drafted(workflow, reply), appender.version);
  }

  /** A reply that a person sends: what they said of it, or the question. */
  private async drafted(workflow: Workflow, reply: Replied): Promise<Replied | DecidedDraft> {
    const { outcome, decision, log, scope } = reply;
    if (decision.kind !== 'FINISH' || outcome.kind !== 'FINISH') return reply;
    if (!(await isDraft(workflow, this.ports.expressions, log.state, scope))) return reply;
    const said = draftDecision(log.state, outcome.node_id);
    const isAnsweredAnew =
      said?.decision === 'RESPONDED' && log.state.refused?.draft_call_id === said.call_id;
    if (!said || isAnsweredAnew) {
      const request = draftRequest(log.state, outcome.node_id, decision.reply);
      const paused = { kind: 'PAUSED', pause: { kind: 'approval', request } } as const;
      return { ...reply, outcome: paused, decision: paused };
    }
    return { ...reply, ...decidedDraft(said, decision), draft: said };
  }

  private ended(tenantId: string, reply: Replied | DecidedDraft, expectedVersion: number): PlayedTurn {
    const { outcome, log, decision, scope, exactOnly } = reply;
    const { state } = log;
    const paused = decision.kind === 'PAUSED' ? this.paused(tenantId, state, decision.pause) : null;
    const events =
      outcome.kind === 'PAUSED' || decision.kind === 'PAUSED'
        ? [...log.takeWaiting(), ...(paused?.events ?? [])]
        : endingEvents(log, decision.kind === 'DROPPED' ? dropped(outcome) : decided(outcome, decision));
    const before = { state, version: expectedVersion };
    return {
      decision: paused?.decision ?? (decision as Exclude<typeof decision, PausedOutcome>),
      ...('repetition' in reply && reply.repetition && { repetition: reply.repetition }),
      ...('draft' in reply && reply.draft.decision === 'APPROVED' && { sentDraft: reply.draft.approval_id }),
      exactOnly,
      ...this.told(state, scope, outcome),
      ending: {
        events,
        expectedVersion,
        rows: this.repository.append(tenantId, before, events, this.ports.clock.nowIso()).rows,
      },
    };
  }

  private paused(tenantId: string, run: RunningRun, pause: RunPause) {
    if (pause.kind === 'consultation') {
      const { consultation_id, node_id } = pause;
      this.ports.pauses.forget(run.run_id);
      return {
        decision: { kind: 'PAUSED', approval: null, consultation_id } as const,
        events: [runPausedForConsultation(consultation_id, node_id)],
      };
    }
    const approval = approvalToRequest(newId('appr'), pause.request, run, tenantId, this.ports.digestKey);
    return {
      decision: { kind: 'PAUSED', approval, consultation_id: null } as const,
      events: [runPausedFor(approval)],
    };
  }

  async kept(tenantId: string, conversationId: string, cancelledRunId: string): Promise<readonly RunEvent[]> {
    const keyId = conversationKeyId(conversationId);
    const { state } = await this.repository.load(tenantId, cancelledRunId, keyId);
    if (state.status === 'NOT_STARTED' || Object.keys(state.steps).length === 0) return [];
    const { name, version } = state.workflow;
    return keptSteps((await this.registry.version(tenantId, name, version)).workflow, state);
  }

  async fail(tenantId: string, runId: string, why: string): Promise<PlayedTurn> {
    const loaded = await this.repository.load(tenantId, runId);
    const { state, version } = loaded;
    if (state.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
    const error = { code: 'failure', message: why, node_id: null };
    const isOpen = state.status === 'RUNNING' || state.status === 'PAUSED';
    const events = isOpen ? runDecider.decide({ type: 'FailRun', error }, state) : [];
    const now = this.ports.clock.nowIso();
    return {
      decision: { kind: 'HANDOVER', reason: 'failure', note: why, failed: true },
      exactOnly: false,
      ...this.told({ ...state, status: 'RUNNING' }, scopeOfRun(state, null), {
        kind: 'FAILED',
        reason: 'failure',
        error,
      }),
      ending: {
        events,
        expectedVersion: version,
        rows: this.repository.append(tenantId, loaded, events, now).rows,
      },
    };
  }

  async cancel(tenantId: string, runId: string, why: string): Promise<void> {
    await withRetry(Date.now() + CANCEL_WITHIN_MS, async () => {
      const before = await this.repository.load(tenantId, runId);
      const { status } = before.state;
      if (status !== 'RUNNING' && status !== 'PAUSED')
        return { outcome: { kind: 'committed', events: [] } as const };
      const events = runDecider.decide({ type: 'CancelRun', reason: why }, before.state);
      const now = this.ports.clock.nowIso();
      // What people had agreed to and nobody has begun is not done any more, and says so.
      const rest = await this.pausedRuns.withoutApprovals(tenantId, before, why, now);
      return this.repository.commit({ tenantId, before, events, now, with: rest });
    });
  }

  private told(run: RunningRun, scope: Scope, outcome: SinkOutcome | FailedOutcome | PausedOutcome) {
    const reached = outcome.kind === 'FAILED' || outcome.kind === 'PAUSED' ? null : outcome;
    return {
      usage: usageOf(run),
      intent: intentIn(run),
      confidence: reached?.confidence ?? null,
      tried: triedIn(run, reached?.not_run ?? []),
      scope,
    };
  }
}

/** A draft that people have decided on. */
interface DecidedDraft extends Omit<Replied, 'decision'> {
  readonly decision: SinkDecision | { readonly kind: 'DROPPED' };
  readonly draft: RecordedDecision;
}

const decidedDraft = (
  said: RecordedDecision,
  { confidence }: Extract<SinkDecision, { kind: 'FINISH' }>,
): Pick<DecidedDraft, 'decision'> => {
  const reply = draftText(said);
  if (said.decision === 'APPROVED' && reply !== null)
    return { decision: { kind: 'FINISH', reply, confidence } };
  if (said.decision === 'REJECTED' || said.decision === 'CANCELLED') return { decision: { kind: 'DROPPED' } };
  const note =
    said.decision === 'EXPIRED'
      ? 'Nobody sent what the assistant wrote in time'
      : `Somebody wants another answer, and no agent writes this one${said.message ? `: ${said.message}` : ''}`;
  return { decision: { kind: 'HANDOVER', reason: 'failure', note, failed: false } };
};

/** The run came to its end, and nothing of it goes out. */
const dropped = (outcome: SinkOutcome | FailedOutcome): SinkOutcome | FailedOutcome =>
  outcome.kind === 'FAILED' ? outcome : { ...outcome, reply: null, output: null };

const evolved = (run: RunningRun, event: RunEvent, occurred_at: string): RunningRun =>
  runDecider.evolve(run, { ...event, occurred_at }) as RunningRun;
