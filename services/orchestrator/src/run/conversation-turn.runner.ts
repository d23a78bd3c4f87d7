import { BatonError } from '@baton/contracts';
import { withRetry } from '@baton/event-store';

import { conversationKeyId } from '../conversation/conversation.repository.js';
import type { PlayedTurn, TurnRunner, TurnToPlay } from '../turn/turn-runner.port.js';
import { decideSink, type SinkDecision } from '../workflow/handover-triggers.js';
import { fittingRule, holds } from '../workflow/routing.js';
import type { Workflow } from '../workflow/workflow.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import { asText, expressionsOf, fillTemplate, type Template } from '../workflow/expression/template.js';
import type { Scope } from '../workflow/expression/expression-engine.js';
import { agentContextOf, conversationInput, conversationScope } from './conversation-input.js';
import { runDecider } from './run.decider.js';
import { decided, endingEvents, intentIn, triedIn } from './run-end.js';
import { RunExecution } from './run-execution.js';
import type { FailedOutcome, SinkOutcome } from './run-outcome.js';
import type { RunRepository } from './run.repository.js';
import { momentOf, scopeOfRun } from './run-scope.js';
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
    const run: RunningRun = { ...state, input: conversationInput(state.input, turn) };
    const conversation = conversationScope(turn);
    const appender = this.repository.appender(tenantId, { state, version });
    const { outcome, log } = await new RunExecution(
      {
        tenantId,
        workflow,
        run,
        appender,
        signal: turn.signal,
        conversation,
        context: agentContextOf(turn),
        streamTo: turn.streamTo,
      },
      this.ports,
    ).run();
    if (outcome.kind === 'CANCELLED')
      throw new BatonError('stale-owner', 'The turn was taken from this worker');
    // 3. Decide what becomes of its answer
    const scope = scopeOfRun(log.state, conversation);
    const decision = await this.decide(workflow, log.state, scope, outcome, turn.humanRequested);
    const now = this.ports.clock.nowIso();
    const events = endingEvents(log, decided(outcome, decision));
    const before = { state, version: appender.version };
    // 4. Hand it to the turn's commit
    return {
      decision,
      ...this.told(log.state, scope, outcome),
      ending: {
        events,
        expectedVersion: appender.version,
        rows: this.repository.append(tenantId, before, events, now).rows,
      },
    };
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

  private async decide(
    workflow: Workflow,
    run: RunningRun,
    scope: Scope,
    outcome: SinkOutcome | FailedOutcome,
    humanRequested: boolean,
  ): Promise<SinkDecision> {
    const decision = decideSink(workflow, outcome, {
      humanRequested,
      repetition: false,
      expressions: outcome.kind === 'FINISH' ? await this.expressionTriggers(workflow, run, scope) : [],
    });
    if (decision.kind === 'FINISH') return decision;
    return this.asRouted(workflow, run, scope, decision);
  }

  private async expressionTriggers(workflow: Workflow, run: RunningRun, scope: Scope) {
    const moment = momentOf(run, 'triggers');
    return Promise.all(
      workflow.human.triggers.expressions.map(async ({ when, note }) => ({
        holds: await holds(when, this.ports.expressions, scope, moment),
        note: await this.textOf(note, run, scope),
      })),
    );
  }

  /** A routing rule may have a reason and a note of its own. */
  private async asRouted(
    workflow: Workflow,
    run: RunningRun,
    scope: Scope,
    decision: Extract<SinkDecision, { kind: 'HANDOVER' }>,
  ): Promise<SinkDecision> {
    const { routing_rules } = workflow.human;
    if (routing_rules.every(({ reason, note }) => reason === null && note === null)) return decision;
    const moment = momentOf(run, 'routing');
    const rule = await fittingRule(workflow, this.ports.expressions, { ...scope, waited_seconds: 0 }, moment);
    return {
      ...decision,
      reason: rule.reason ?? decision.reason,
      note: (await this.textOf(rule.note, run, scope)) ?? decision.note,
    };
  }

  private async textOf(template: Template | null, run: RunningRun, scope: Scope): Promise<string | null> {
    if (template === null) return null;
    const values = await this.ports.expressions
      .evaluateAll(expressionsOf(template), scope, momentOf(run, 'note'))
      .catch(() => undefined);
    return values ? asText(fillTemplate(template, values)) || null : null;
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
