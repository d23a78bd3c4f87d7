import { readFileSync } from 'node:fs';

import { WorkerExpressionEngine } from './expression/expression-engine.js';
import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import { isOpen } from './opening-hours.js';
import { laterRules } from './later-rules.js';
import { fittingRule, routingPolicy } from './routing.js';
import type { Workflow } from './workflow.js';

const withHil = (hil: string): Workflow => {
  const { ok, errors } = loadWorkflow(
    `name: x\nnodes:\n  done: { type: sink, sink: FINISH }\n  classify: { type: agent }\nhil_config:\n${hil}\n`,
    { tools: new Set(), agents: new Set(['simple']), knowsModel: isModelName },
  );
  expect(errors).toBeUndefined();
  return ok as Workflow;
};

describe('routing', () => {
  const engine = new WorkerExpressionEngine();
  afterAll(() => engine.close());

  const RULES = `  routing_rules:
    - when: "nodes.classify.intent = 'billing'"
      required_skills: { billing: 2 }
      priority: HIGH
      relax: [{ after: 1m, levels: -1 }, { after: 2m, drop: [billing] }]
    - when: "$number(nodes.classify.intent) > 1"
      priority: URGENT
    - when: "waited_seconds > 60"
      priority: LOW
    - priority: NORMAL`;
  const route = (workflow: Workflow, scope: Record<string, unknown>) =>
    fittingRule(workflow, engine, { nodes: {}, waited_seconds: 0, ...scope }, { now: 0, seed: '' });

  it('takes the first rule that fits, and the last where none does', async () => {
    const workflow = withHil(RULES);
    const billing = { nodes: { classify: { intent: 'billing' } } };
    expect(await route(workflow, billing)).toMatchObject({
      required_skills: { billing: 2 },
      priority: 'HIGH',
      queue: 'default',
    });
    expect((await route(workflow, {})).priority).toBe('NORMAL');
    expect((await route(workflow, { waited_seconds: 61 })).priority).toBe('LOW');
  });

  it('passes a rule by that can not be evaluated: nobody is lost for it', async () => {
    const broken = { nodes: { classify: { intent: 'no number' } } };
    expect((await route(withHil(RULES), broken)).priority).toBe('NORMAL');
  });

  it('asks for anyone where there are no rules', async () => {
    expect(await route(withHil('  enabled: true'), {})).toMatchObject({
      required_skills: {},
      priority: 'NORMAL',
      queue: 'default',
    });
  });

  it("sends the workflow's policy along", async () => {
    const workflow = withHil(RULES);
    const rule = await route(workflow, { nodes: { classify: { intent: 'billing' } } });
    expect(routingPolicy(workflow.human, rule)).toEqual({
      relax: [
        { after_ms: 60_000, levels: -1 },
        { after_ms: 120_000, drop: ['billing'] },
      ],
      sla: { first_response_ms: 300_000, warn_at: 0.8 },
      offer: { timeout_ms: 30_000, parallel: 1, mode: 'offer', known_first_ms: 30_000, known_wait_ms: 0 },
      no_agent_available: 'wait',
      abandoned_after_ms: 1_800_000,
      silent_after_ms: 300_000,
    });
  });

  it('sends along what a rule wants of a person, and the steps that want less', async () => {
    const workflow = withHil(`  routing_rules:
    - required_skills: { billing: 3 }
      preferred_skills: { tax: 2 }
      role: senior
      language: required
      weight: 2
      relax: [{ after: 1m, any_language: true }, { after: 2m, any_role: true }, { after: 3m, anyone: true }]
  offer: { known_first: 0s, known_wait: 5s }`);
    expect(routingPolicy(workflow.human, await route(workflow, {}))).toMatchObject({
      preferred_skills: { tax: 2 },
      role: 'senior',
      language_required: true,
      weight: 2,
      relax: [
        { after_ms: 60_000, any_language: true },
        { after_ms: 120_000, any_role: true },
        { after_ms: 180_000, anyone: true },
      ],
      offer: { known_first_ms: 0, known_wait_ms: 5_000 },
    });
  });

  it('is as the page about it writes it', async () => {
    const page = readFileSync(new URL('../../../../docs/routing.md', import.meta.url), 'utf8');
    const [, hil = ''] = /```yaml\nhil_config:\n([\s\S]*?)```/.exec(page) ?? [];
    const workflow = withHil(hil);
    const rule = await route(workflow, { nodes: { classify: { intent: 'billing' } } });
    expect(routingPolicy(workflow.human, rule)).toMatchObject({ role: 'senior', weight: 2 });
    expect(rule.relax.at(-1)).toEqual({ after_ms: 180_000, anyone: true });
  });

  it('knows when the rules of longer waits begin to fit, to the millisecond where they name it', async () => {
    const workflow = withHil(`  routing_rules:
    - when: "nodes.classify.intent = 'billing' and waited_seconds >= 600"
      priority: URGENT
    - when: "waited_seconds / 60 > 2.5"
      required_skills: { any: 1 }
      priority: HIGH
      role: senior
    - when: "waited_seconds > 60"
      priority: NORMAL
    - priority: LOW`);
    const later = (scope: Record<string, unknown>) =>
      laterRules(workflow, engine, { nodes: {}, ...scope }, { now: 0, seed: '' });
    const [normal, high, urgent, ...more] = await later({ nodes: { classify: { intent: 'billing' } } });
    expect(more).toEqual([]);
    expect(normal).toMatchObject({ after_ms: 60_001, priority: 'NORMAL' });
    expect(high).toMatchObject({ priority: 'HIGH', role: 'senior', required_skills: { any: 1 } });
    expect(high?.after_ms).toBeGreaterThan(150_000);
    expect(high?.after_ms).toBeLessThanOrEqual(150_500);
    expect(urgent).toMatchObject({ after_ms: 600_000, priority: 'URGENT' });
    expect((await later({})).map((step) => step.priority)).toEqual(['NORMAL', 'HIGH']);
    expect(await laterRules(withHil('  enabled: true'), engine, {}, { now: 0, seed: '' })).toEqual([]);
  });

  it.each([
    ['2026-11-23T08:30:00Z', true, 'Monday half past nine in Berlin'],
    ['2026-11-23T07:59:00Z', false, 'a minute before nine'],
    ['2026-11-23T17:00:00Z', false, 'six in the evening'],
    ['2026-11-22T11:00:00Z', false, 'a Sunday'],
    ['2026-11-21T22:30:00Z', true, 'Saturday night'],
    ['2026-11-22T00:30:00Z', true, 'behind the midnight of that night'],
    ['2026-07-06T07:30:00Z', true, 'a Monday of summer time'],
  ])('knows at %s whether people are there', (at, open, _what) => {
    const { human } = withHil(
      '  opening_hours: { timezone: Europe/Berlin, mon-fri: 09:00-18:00, sat: 22:00-02:00 }',
    );
    expect(isOpen(human.opening_hours, new Date(at))).toBe(open);
  });

  it('is always open where no hours are given', () => {
    expect(isOpen(null, new Date())).toBe(true);
  });
});
