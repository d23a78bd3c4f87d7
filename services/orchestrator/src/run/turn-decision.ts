import { decideSink, type SinkDecision, type TriggerSignals } from '../workflow/handover-triggers.js';
import { asText, expressionsOf, fillTemplate, type Template } from '../workflow/expression/template.js';
import type { Scope } from '../workflow/expression/expression-engine.js';
import { fittingRule, holds } from '../workflow/routing.js';
import type { Workflow } from '../workflow/workflow.js';
import type { FailedOutcome, SinkOutcome } from './run-outcome.js';
import { momentOf } from './run-scope.js';
import type { RunningRun } from './run.state.js';
import type { RuntimePorts } from './runtime.ports.js';

/** What becomes of a run's outcome in a conversation, by the workflow's triggers and routing rules. */
export class TurnDecision {
  constructor(
    private readonly workflow: Workflow,
    private readonly expressions: RuntimePorts['expressions'],
  ) {}

  async of(
    run: RunningRun,
    scope: Scope,
    outcome: SinkOutcome | FailedOutcome,
    signals: Omit<TriggerSignals, 'expressions'>,
  ): Promise<SinkDecision> {
    const expressions = outcome.kind === 'FAILED' ? [] : await this.expressionTriggers(run, scope);
    const decision = decideSink(this.workflow, outcome, { ...signals, expressions });
    return decision.kind === 'FINISH' ? decision : this.asRouted(run, scope, decision);
  }

  private expressionTriggers(run: RunningRun, scope: Scope) {
    const moment = momentOf(run, 'triggers');
    return Promise.all(
      this.workflow.human.triggers.expressions.map(async ({ when, note }) => ({
        holds: await holds(when, this.expressions, scope, moment),
        note: await this.textOf(note, run, scope),
      })),
    );
  }

  /** A routing rule may have a reason and a note of its own. */
  private async asRouted(
    run: RunningRun,
    scope: Scope,
    decision: Extract<SinkDecision, { kind: 'HANDOVER' }>,
  ): Promise<SinkDecision> {
    const { routing_rules } = this.workflow.human;
    if (routing_rules.every(({ reason, note }) => reason === null && note === null)) return decision;
    const moment = momentOf(run, 'routing');
    const rule = await fittingRule(this.workflow, this.expressions, { ...scope, waited_seconds: 0 }, moment);
    return {
      ...decision,
      reason: rule.reason ?? decision.reason,
      note: (await this.textOf(rule.note, run, scope)) ?? decision.note,
    };
  }

  private async textOf(template: Template | null, run: RunningRun, scope: Scope): Promise<string | null> {
    if (template === null) return null;
    const values = await this.expressions
      .evaluateAll(expressionsOf(template), scope, momentOf(run, 'note'))
      .catch(() => undefined);
    return values ? asText(fillTemplate(template, values)) || null : null;
  }
}
