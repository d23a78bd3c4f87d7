import { readFileSync } from 'node:fs';

import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import { toMermaid } from './mermaid.js';
import type { Workflow } from './workflow.js';

describe('a workflow as a picture', () => {
  it('shows every node, what it needs, and under which condition', () => {
    const sample = new URL('../../../../config/workflows/customer_support.yaml', import.meta.url);
    const { ok } = loadWorkflow(readFileSync(sample, 'utf8'), {
      tools: new Set(['knowledge.search', 'orders.lookup', 'orders.refund']),
      agents: new Set(['simple', 'reasoning']),
      knowsModel: isModelName,
    });
    expect(toMermaid(ok as Workflow)).toBe(`flowchart TD
  classify["classify<br/>simple agent, fast"]
  answer["answer<br/>reasoning agent, smart"]
  done(["FINISH: done"])
  escalate(["HANDOVER: escalate"])
  classify -->|"when nodes.classify.intent != 'human'"| answer
  answer --> done
  classify -->|"when nodes.classify.intent = 'human'"| escalate
`);
  });
});
