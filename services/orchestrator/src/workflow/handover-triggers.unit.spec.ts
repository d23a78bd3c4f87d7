import type { HandoverReason } from '@baton/contracts';

import { decideSink, type TriggeringOutcome, type TriggerSignals } from './handover-triggers.js';
import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import type { Workflow } from './workflow.js';

const withTriggers = (triggers: string): Workflow => {
  const { ok } = loadWorkflow(
    `name: x\nnodes:\n  done: { type: sink, sink: FINISH }\n${triggers && `hil_config: { handover_triggers: [${triggers}] }`}\n`,
    { tools: new Set(), agents: new Set(), knowsModel: isModelName },
  );
  return ok as Workflow;
};

const QUIET: TriggerSignals = {
  humanRequested: false,
  repetition: false,
  settled: null,
  expressions: [],
};
const answer = (confidence: number | null, reply: string | null = 'Hello'): TriggeringOutcome => ({
  kind: 'FINISH',
  reply,
  confidence,
});
const failed: TriggeringOutcome = {
  kind: 'FAILED',
  reason: 'failure',
  error: { message: 'No model answers' },
};
const overspent: TriggeringOutcome = { kind: 'FAILED', reason: 'budget', error: { message: 'Spent' } };
const handover = (
  reason: HandoverReason,
  overrides: string | null,
  reply: string | null,
): TriggeringOutcome => ({
  kind: 'HANDOVER',
  reason,
  note: 'As it says',
  overrides,
  reply,
  confidence: 0.9,
});
const given = handover('staff', null, null);
/** An agent's own wish, on the way to a FINISH sink. */
const wished = (reason: HandoverReason, reply: string | null = null) => handover(reason, 'done', reply);

const ALL = 'confidence_threshold, explicit_request, agent_decision, repetition, failure';
const reasonOf = (triggers: string, outcome: TriggeringOutcome, signals: Partial<TriggerSignals> = {}) => {
  const decision = decideSink(withTriggers(triggers), outcome, { ...QUIET, ...signals });
  return decision.kind === 'HANDOVER' ? decision.reason : 'FINISH';
};

describe('handover triggers', () => {
  it('let an answer out that is sure enough', () => {
    expect(decideSink(withTriggers(ALL), answer(0.6), QUIET)).toEqual({
      kind: 'FINISH',
      reply: 'Hello',
      confidence: 0.6,
    });
    expect(reasonOf(ALL, answer(0.59))).toBe('confidence_threshold');
    expect(reasonOf('confidence_threshold: { below: 0.9 }', answer(0.8))).toBe('confidence_threshold');
  });

  it('count no confidence as none at all', () => {
    expect(reasonOf(ALL, answer(null))).toBe('confidence_threshold');
    expect(reasonOf('explicit_request', answer(null))).toBe('FINISH');
  });

  it('hear the customer, whatever the AI would have said', () => {
    const asked = { humanRequested: true };
    expect(reasonOf(ALL, answer(0.99), asked)).toBe('explicit_request');
    expect(reasonOf(ALL, failed, asked)).toBe('explicit_request');
    expect(reasonOf('confidence_threshold', answer(0.99), asked)).toBe('FINISH');
  });

  it("keep a HANDOVER's own reason and note", () => {
    expect(decideSink(withTriggers(ALL), given, { ...QUIET, humanRequested: true })).toEqual({
      kind: 'HANDOVER',
      reason: 'staff',
      note: 'As it says',
      failed: false,
    });
  });

  it("take an agent's own wish where that is listed, and a sink's in any case", () => {
    expect(reasonOf(ALL, wished('agent_decision'))).toBe('agent_decision');
    expect(reasonOf('explicit_request', wished('explicit_request'))).toBe('explicit_request');
    expect(reasonOf('explicit_request', wished('agent_decision', 'Hello'))).toBe('FINISH');
    expect(reasonOf('', wished('failure', 'Hello'))).toBe('failure');
    expect(reasonOf('', given)).toBe('staff');
  });

  it('leave nobody without an answer: an agent that may not hand over and says nothing has failed', () => {
    expect(decideSink(withTriggers(''), wished('agent_decision'), QUIET)).toEqual({
      kind: 'HANDOVER',
      reason: 'failure',
      note: 'As it says',
      failed: true,
    });
  });

  it('need not be listed for failure and budget', () => {
    expect(decideSink(withTriggers(''), failed, QUIET)).toEqual({
      kind: 'HANDOVER',
      reason: 'failure',
      note: 'No model answers',
      failed: true,
    });
    expect(reasonOf('', overspent)).toBe('budget');
    expect(reasonOf('', answer(0.1))).toBe('FINISH');
  });

  it('hand over rather than say nothing', () => {
    expect(reasonOf('', answer(0.9, null))).toBe('failure');
  });

  it('hand over rather than repeat, where that is listed', () => {
    expect(reasonOf(ALL, answer(0.9), { repetition: true })).toBe('repetition');
    expect(reasonOf('failure', answer(0.9), { repetition: true })).toBe('FINISH');
  });

  it('do not hand over at once for what was handed over for, unless the customer asks in new words', () => {
    const expressions = [{ holds: true, note: null }];
    expect(reasonOf(ALL, answer(0.2), { settled: 'confidence_threshold' })).toBe('FINISH');
    expect(reasonOf(ALL, answer(0.9), { settled: 'repetition', repetition: true })).toBe('FINISH');
    expect(reasonOf(ALL, answer(0.9), { settled: 'expression', expressions })).toBe('FINISH');
    expect(reasonOf(ALL, answer(0.2), { settled: 'repetition' })).toBe('confidence_threshold');
    const again = { settled: 'explicit_request' as const, humanRequested: true };
    expect(reasonOf(ALL, answer(0.9), again)).toBe('explicit_request');
  });

  it('take the first expression that holds, with its note', () => {
    const expressions = [
      { holds: false, note: 'one' },
      { holds: true, note: 'two' },
    ];
    expect(decideSink(withTriggers(ALL), answer(0.9), { ...QUIET, expressions })).toMatchObject({
      reason: 'expression',
      note: 'two',
    });
  });
});
