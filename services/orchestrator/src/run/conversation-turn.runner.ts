import { BatonError, type RunEvent } from '@baton/contracts';
import { withRetry } from '@baton/event-store';

import { conversationKeyId } from '../conversation/conversation.repository.js';
import type { PlayedTurn, TurnRunner, TurnToPlay } from '../turn/turn-runner.port.js';
import type { Scope } from '../workflow/expression/expression-engine.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { agentContextOf, conversationScope, inputOf } from './conversation-input.js';
import { keptSteps } from './kept-steps.js';
import { RepliedTurn } from './replied-turn.js';
import { runDecider } from './run.decider.js';
import { decided, endingEvents, intentIn, triedIn } from './run-end.js';
import type { FailedOutcome, SinkOutcome } from './run-outcome.js';
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
    const reply = await new RepliedTurn(
      {
        tenantId,
        workflow,
        run: { ...state, input },
        opening,
        appender,
        signal: turn.signal,
        conversation: conversationScope(turn),
        context: agentContextOf(turn),
        streamTo: turn.streamTo,
      },
      turn,
      this.ports,
    ).play();
    // 3. End it as the triggers decided
    const { outcome, log, decision, scope, repetition, exactOnly } = reply;
    const now = this.ports.clock.nowIso();
    const events = endingEvents(log, decided(outcome, decision));
    const before = { state, version: appender.version };
    // 4. Hand it to the turn's commit
    return {
      decision,
      ...(repetition && { repetition }),
      exactOnly,
      ...this.told(log.state, scope, outcome),
      ending: {
        events,
        expectedVersion: appender.version,
        rows: this.repository.append(tenantId, before, events, now).rows,
      },
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
    const events = state.status === 'RUNNING' ? runDecider.decide({ type: 'FailRun', error }, state) : [];
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
      if (before.state.status !== 'RUNNING') return { outcome: { kind: 'committed', events: [] } as const };
      const events = runDecider.decide({ type: 'CancelRun', reason: why }, before.state);
      return this.repository.commit({ tenantId, before, events, now: this.ports.clock.nowIso() });
    });
  }

  private told(run: RunningRun, scope: Scope, outcome: SinkOutcome | FailedOutcome) {
    return {
      usage: usageOf(run),
      intent: intentIn(run),
      confidence: outcome.kind === 'FAILED' ? null : outcome.confidence,
      tried: triedIn(run, outcome.kind === 'FAILED' ? [] : outcome.not_run),
      scope,
    };
  }
}
