import { parse } from 'yaml';

import { BUILTIN_TOOL_NAMES } from '../tool/builtin/builtin-tool-names.js';
import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import { breakEveryRule } from './generated-workflows.fixture.js';
import { workflowJsonSchema } from './workflow-json-schema.js';

const catalog = {
  tools: BUILTIN_TOOL_NAMES,
  agents: new Set(['simple', 'reasoning']),
  knowsModel: isModelName,
};

/** Every setting there is, each given its value. */
const WHOLE = parse(`
name: whole
description: Uses everything
input: { type: object }
nodes:
  think:
    type: agent
    agent: reasoning
    model: smart
    prompt: Help
    output: { type: object }
    tools: [orders.lookup]
    max_steps: 3
    needs: [look]
    when: input.ok
    retry: { attempts: 2, backoff: 1s }
    timeout: 5s
  look:
    type: tool
    tool: orders.lookup
    args: { order_id: "1001" }
    when: input.ok
    retry: { attempts: 2, backoff: 1s }
    timeout: 5s
  shape:
    type: transform
    value: input.x
    needs: [look]
    timeout: 5s
  each:
    type: map
    over: input.list
    as: one
    node: { type: agent, prompt: hi, model: fast, retry: { attempts: 1, backoff: 1s }, timeout: 5s }
    needs: [look]
    timeout: 5s
  pick:
    type: branch
    needs: [look]
    cases: [{ when: input.a, to: shape }, { when: input.b, to: [each] }]
    default: asked
    timeout: 5s
  asked:
    type: approval
    plan: { request: May I?, steps: [{ tool: orders.refund, args: { amount: 1 }, reason: because }] }
    risk: HIGH
    timeout: 5s
  done:
    type: sink
    sink: FINISH
    needs: [shape, each, asked, think]
    when: input.ok
    reply: ok
    confidence: 0.5
    output: { a: 1 }
  out:
    type: sink
    sink: HANDOVER
    reason: failure
    note: sorry
    needs: [look]
hil_config:
  enabled: true
  handover_triggers:
    - explicit_request
    - confidence_threshold: { below: 0.5 }
    - expression: { when: turn_count > 3, note: long }
  routing_rules:
    - when: input.ok
      required_skills: { billing: 2 }
      priority: HIGH
      preferred_skills: { tax: 1 }
      role: senior
      language: required
      weight: 2
      relax: [{ after: 1m, levels: -1 }, { after: 2m, drop: [billing] }, { after: 3m, any_language: true, any_role: true, anyone: true }]
      queue: vip
      reason: failure
      note: look
      reply_mode: draft
    - priority: LOW
  sla: { first_response: 5m, warn_at: 0.8 }
  offer: { timeout: 30s, parallel: 1, mode: offer, known_first: 30s, known_wait: 1s }
  no_agent_available: wait
  reply_mode: auto
  abandoned_after: 30m
  human_cost_per_hour: 30
  opening_hours: { timezone: Europe/Berlin, mon-fri: 09:00-18:00 }
approvals:
  - tool: orders.refund
    risk: args.amount
    tiers: { MEDIUM: 40, HIGH: 70, CRITICAL: 90 }
    require: { MEDIUM: { role: agent }, HIGH: { role: senior }, CRITICAL: { role: senior, approvals: 2 } }
    expires_after: 1h
consultation: { model: smart, max_tokens: 1000 }
conversation:
  debounce: { quiet: 400ms, max_wait: 2s }
  on_new_input: queue
  dedup: { last: 5 }
  context: { max_tokens: 6000, recent_turns: 8, memories: 5 }
limits: { cost_usd: 0.25, timeout: 60s }
`) as Record<string, unknown>;

describe('a file that breaks one rule of the schema', () => {
  const files = breakEveryRule(WHOLE, JSON.parse(workflowJsonSchema()) as object);

  it('is one of many: with the hand-written ones more than two hundred, and the file itself is good', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(new Set(files.map(({ yaml }) => yaml)).size).toBe(files.length);
    expect(loadWorkflow(JSON.stringify(WHOLE), catalog).errors).toBeUndefined();
  });

  it.each(files.map((file) => [file.because, file] as const))('%s', (_because, { yaml, line }) => {
    const { errors = [] } = loadWorkflow(yaml, catalog);
    const told = errors.map((error) => `${error.line}:${error.column} ${error.path} ${error.message}`);
    expect({ told, line }).toEqual({
      told: expect.arrayContaining([expect.stringMatching(`^${line}:`)]),
      line,
    });
  });
});
