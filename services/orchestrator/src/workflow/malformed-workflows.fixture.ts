/** Files that must be refused. `#!` ends the line that the error must name. */
export interface MalformedWorkflow {
  readonly because: string;
  readonly yaml: string;
  readonly says: string | RegExp;
}

const DONE = '\n  done: { type: sink, sink: FINISH, reply: ok }';

/** A file whose nodes are these and a sink. */
const nodes = (text: string): string => `name: x\nnodes:\n${text}${DONE}\n`;
/** A good file with this behind it. */
const withTail = (text: string): string => `name: x\nnodes:${DONE}\n${text}\n`;

const bad = (because: string, yaml: string, says: string | RegExp): MalformedWorkflow => ({
  because,
  yaml,
  says,
});

export const SYNTAX: readonly MalformedWorkflow[] = [
  bad('an empty file', '#!', 'empty'),
  bad('a file of comments', '# nothing here #!\n# or here', 'empty'),
  bad('a list', '- name: x #!', 'must be a map'),
  bad('plain text', 'hello #!', 'must be a map'),
  bad('a bracket that stays open', 'name: x\nnodes: { done: [a, b #!', /\]|sequence|map/),
  bad('a quote that stays open', 'name: x\ndescription: "never ends #!', /quote/),
  bad('bad indentation', 'name: x\nnodes:\n  done:\n    type: sink\n   sink: FINISH #!\n', /./),
  bad('a tab as indentation', 'name: x\nnodes:\n\tdone: {} #!', /[Tt]ab/),
  bad('a key twice', `${nodes('  a: { type: transform, value: "1" }')}name: y #!`, /unique/),
  bad(
    'a node twice',
    nodes('  a: { type: transform, value: "1" }\n  a: { type: transform, value: "2" } #!'),
    /unique/,
  ),
  bad('two documents', `${withTail('')}--- #!\nname: y\n`, /document/),
  bad('an unknown tag', nodes('  a: !js/function { type: transform } #!'), /tag/),
  bad('an alias without an anchor', nodes('  a: { type: transform, value: *nowhere } #!'), 'no anchor'),
  bad(
    'an alias inside its own anchor',
    nodes('  a: { type: transform, value: &v [*v] } #!'),
    'inside its own',
  ),
  bad(
    'aliases that explode',
    withTail(
      `input:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n  e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d] #!`,
    ),
    'too large',
  ),
  bad('nesting without end', `name: x\nnodes: ${'['.repeat(5000)} #!`, 'nested'),
  bad('block nesting without end', `name: x\nnodes:\n  ${'- '.repeat(5000)}a #!`, 'nested'),
  bad('a key that is a map', 'name: x\nnodes:\n  ? { a: 1 } #!\n  : 2\n', 'plain text'),
  bad('a key that would change every object', nodes('  __proto__: { type: sink } #!'), 'cannot be a key'),
];

export const SHAPE: readonly MalformedWorkflow[] = [
  bad('no name', `nodes: ${DONE.trim().replace('done:', '{ done:')} } #!`, 'missing'),
  bad('no nodes', 'name: x #!\n', 'missing'),
  bad('a name with spaces', `name: two words #!\nnodes:${DONE}\n`, /pattern|match/),
  bad('a name that is a number', `name: 42 #!\nnodes:${DONE}\n`, /string/),
  bad('nodes that are a list', 'name: x\nnodes: [] #!\n', 'map of nodes'),
  bad('no node', 'name: x\nnodes: {} #!\n', 'hold a node'),
  bad('an unknown key at the top', withTail('version: 2 #!'), '"version" is not known'),
  bad(
    'an unknown key of a node',
    nodes('  a:\n    type: transform\n    value: "1"\n    colour: red #!'),
    '"colour"',
  ),
  bad('an unknown key of an agent', nodes('  a:\n    type: agent\n    temperature: 1 #!'), '"temperature"'),
  bad(
    'an unknown key of retry',
    nodes('  a: { type: agent, retry: { attempts: 2, wait: 1s } } #!'),
    '"wait"',
  ),
  bad(
    'an unknown key of hil_config',
    withTail('hil_config:\n  enabled: true\n  triggers: [] #!'),
    '"triggers"',
  ),
  bad('an unknown key of limits', withTail('limits:\n  cost_usd: 1\n  tokens: 5 #!'), '"tokens"'),
  bad(
    'an unknown key of a sink',
    nodes('  s:\n    type: sink\n    sink: FINISH\n    retry: { attempts: 1 } #!'),
    '"retry"',
  ),
  bad('an unknown node type', nodes('  a: { type: loop } #!'), 'type must be'),
  bad('a node without a type', nodes('  a: { needs: [] } #!'), 'type must be'),
  bad('a node that is text', nodes('  a: hello #!'), /object|type/),
  bad('a node id with a dash', nodes('  my-node: { type: transform, value: "1" } #!'), 'must be a name'),
  bad(
    'a node id that begins with a digit',
    nodes('  1st: { type: transform, value: "1" } #!'),
    'must be a name',
  ),
  bad('an unknown sink', nodes('  s: { type: sink, sink: STOP } #!'), /FINISH/),
  bad(
    'a reason that is no code',
    nodes('  s: { type: sink, sink: HANDOVER, reason: because } #!'),
    /explicit_request/,
  ),
  bad(
    'a reason of a FINISH sink',
    nodes('  s:\n    type: sink\n    sink: FINISH\n    reason: failure #!'),
    'HANDOVER sink',
  ),
  bad('a confidence beyond 1', nodes('  s: { type: sink, sink: FINISH, confidence: 1.5 } #!'), /1/),
  bad('a tool node without a tool', nodes('  a: #!\n    type: tool\n    args: {}'), 'tool'),
  bad(
    'arguments that are a list',
    nodes('  a: { type: tool, tool: orders.lookup, args: [1] } #!'),
    'map of arguments',
  ),
  bad(
    'needs that are text',
    nodes('  a: { type: transform, value: "1", needs: done } #!'),
    'list of node ids',
  ),
  bad('zero attempts', nodes('  a: { type: agent, retry: { attempts: 0 } } #!'), />=1/),
  bad('half a step', nodes('  a: { type: agent, agent: reasoning, max_steps: 1.5 } #!'), /int/),
  bad(
    'an unknown trigger',
    withTail('hil_config:\n  handover_triggers:\n    - full_moon #!'),
    /confidence_threshold/,
  ),
  bad(
    'two triggers in one',
    withTail('hil_config:\n  handover_triggers:\n    - { failure: {}, repetition: {} } #!'),
    'one trigger',
  ),
  bad(
    'a threshold beyond 1',
    withTail('hil_config:\n  handover_triggers:\n    - confidence_threshold: { below: 60 } #!'),
    /1/,
  ),
  bad(
    'an expression trigger without a when',
    withTail('hil_config:\n  handover_triggers:\n    - expression: { note: hm } #!'),
    'expression',
  ),
  bad('an unknown priority', withTail('hil_config:\n  routing_rules:\n    - priority: HIGHEST #!'), /URGENT/),
  bad(
    'a skill level of 9',
    withTail('hil_config:\n  routing_rules:\n    - required_skills: { billing: 9 } #!'),
    /5/,
  ),
  bad(
    'a relaxation that raises',
    withTail('hil_config:\n  routing_rules:\n    - relax: [{ after: 1m, levels: 1 }] #!'),
    /-1/,
  ),
  bad(
    'a relaxation that does nothing',
    withTail('hil_config:\n  routing_rules:\n    - relax: [{ after: 1m }] #!'),
    'lower levels',
  ),
  bad('an unknown offer mode', withTail('hil_config: { offer: { mode: push } } #!'), /auto_accept/),
  bad(
    'an unknown time zone',
    withTail('hil_config: { opening_hours: { timezone: Mars/Base } } #!'),
    'time zone',
  ),
  bad('an unknown day', withTail('hil_config:\n  opening_hours:\n    montag: 09:00-18:00 #!'), '"montag"'),
  bad('a time of 25 hours', withTail('hil_config: { opening_hours: { mon: 09:00-25:00 } } #!'), 'span'),
  bad(
    'an unknown role',
    withTail('approvals:\n  - { tool: orders.refund, require: { HIGH: { role: boss } } } #!'),
    /senior/,
  ),
  bad(
    'tiers that fall',
    withTail('approvals:\n  - { tool: orders.refund, tiers: { MEDIUM: 80, HIGH: 20 } } #!'),
    'rise',
  ),
  bad('an unknown on_new_input', withTail('conversation: { on_new_input: ignore } #!'), /restart/),
];

export const DURATIONS: readonly MalformedWorkflow[] = [
  bad('a timeout without a unit', nodes('  a: { type: agent, timeout: 30 } #!'), 'duration'),
  bad('a timeout in words', nodes('  a: { type: agent, timeout: half an hour } #!'), 'duration'),
  bad('a timeout in weeks', nodes('  a: { type: agent, timeout: 1w } #!'), 'duration'),
  bad('a timeout of nothing', nodes('  a: { type: agent, timeout: 0s } #!'), 'longer than nothing'),
  bad('a negative backoff', nodes('  a: { type: agent, retry: { backoff: -1s } } #!'), 'duration'),
  bad('a debounce without a unit', withTail('conversation:\n  debounce: { quiet: 400 } #!'), 'duration'),
  bad(
    'an expiry of centuries',
    withTail('approvals:\n  - { tool: orders.refund, expires_after: 99999d } #!'),
    '365d',
  ),
];

export const EXPRESSIONS: readonly MalformedWorkflow[] = [
  bad(
    'a when that does not parse',
    nodes(`  a:\n    type: transform\n    value: "1"\n    when: "input.x = " #!`),
    /expression/i,
  ),
  bad('a when that is a number', nodes('  a: { type: transform, value: "1", when: 5 } #!'), 'expression'),
  bad('an empty when', nodes(`  a: { type: transform, value: "1", when: "" } #!`), 'expression'),
  bad(
    'a transform that is no expression',
    nodes('  a: { type: transform, value: "Hello you there" } #!'),
    /./,
  ),
  bad('a transform without a value', nodes('  a: { type: transform } #!'), 'missing'),
  bad(
    'braces that stay open',
    nodes('  s: { type: sink, sink: FINISH, reply: "Hi {{ input.name" } #!'),
    'never closed',
  ),
  bad('empty braces', nodes('  s: { type: sink, sink: FINISH, reply: "Hi {{ }}" } #!'), 'empty'),
  bad(
    'a bad expression in a prompt',
    nodes('  a:\n    type: agent\n    prompt: "Say {{ (input.x }}" #!'),
    /./,
  ),
  bad(
    'a bad expression deep in arguments',
    nodes('  a:\n    type: tool\n    tool: orders.lookup\n    args:\n      order_id: "{{ 1 + }}" #!'),
    /./,
  ),
  bad('an empty transform', nodes('  a: { type: transform, value: "" } #!'), /./),
  bad(
    'a bad expression on the third line of a prompt',
    nodes(
      '  a:\n    type: agent\n    prompt: |\n      You are kind.\n      Say {{ input.name }}\n      and {{ input.name + }} #!\n      at the end.',
    ),
    /./,
  ),
  bad(
    'braces that stay open in a folded prompt',
    nodes(
      '  a:\n    type: agent\n    prompt: >-\n      You are kind.\n      Say {{ input.name #!\n      at the end.',
    ),
    'never closed',
  ),
  bad(
    'a node that is not there, in a long expression',
    nodes('  a:\n    type: transform\n    value: |\n      {{ input.a }}\n      {{ nodes.nowhere }} #!'),
    'no node "nowhere"',
  ),
  bad(
    'a long expression that goes wrong somewhere',
    nodes('  a:\n    type: transform\n    value: |\n      ( $a := 1; #!\n        $a + ; )'),
    /./,
  ),
  bad(
    'a name that is not in scope',
    nodes(`  a: { type: transform, value: "message" } #!`),
    '"message" is not in scope',
  ),
  bad(
    'waited_seconds outside routing',
    nodes('  a: { type: transform, value: "waited_seconds" } #!'),
    'waited_seconds',
  ),
  bad('a node that is not there', nodes('  a: { type: transform, value: "nodes.b.text" } #!'), 'no node "b"'),
  bad(
    'a node that may not be done',
    nodes('  a: { type: transform, value: "nodes.b" } #!\n  b: { type: transform, value: "1" }'),
    'may not be done',
  ),
  bad('a bad risk', withTail('approvals:\n  - tool: orders.refund\n    risk: "args.amount >" #!'), /./),
  bad(
    'a bad trigger expression',
    withTail('hil_config:\n  handover_triggers:\n    - expression: { when: "turn_count >> 2" } #!'),
    /./,
  ),
  bad(
    'a bad routing expression',
    withTail('hil_config:\n  routing_rules:\n    - when: "]" #!\n    - priority: LOW'),
    /./,
  ),
];

export const REFERENCES: readonly MalformedWorkflow[] = [
  bad(
    'an unknown need',
    nodes('  a:\n    type: transform\n    value: "1"\n    needs:\n      - b #!'),
    'no node "b"',
  ),
  bad(
    'a node that needs itself',
    nodes('  a: { type: transform, value: "1", needs: [a] } #!'),
    'waits for itself',
  ),
  bad(
    'two nodes that need each other',
    nodes(
      '  a: { type: transform, value: "1", needs: [b] }\n  b: { type: transform, value: "1", needs: [a] } #!',
    ),
    'cycle',
  ),
  bad(
    'a cycle of three',
    nodes(
      '  a: { type: transform, value: "1", needs: [c] }\n  b: { type: transform, value: "1", needs: [a] } #!\n  c: { type: transform, value: "1", needs: [b] }',
    ),
    'cycle',
  ),
  bad(
    'a cycle through a branch',
    nodes(
      '  a: { type: branch, needs: [b], cases: [{ when: "true", to: b }] }\n  b: { type: transform, value: "1" }',
    ).replace('to: b }] }', 'to: b }] } #!'),
    'cycle',
  ),
  bad(
    'a node behind a sink',
    nodes('  a: { type: transform, value: "1", needs: [done] } #!'),
    'ends the run',
  ),
  bad(
    'an unknown target of a branch',
    nodes('  a: { type: branch, cases: [{ when: "true", to: nowhere }] } #!'),
    'no node "nowhere"',
  ),
  bad(
    'an unknown default of a branch',
    nodes('  a:\n    type: branch\n    cases: [{ when: "true", to: done }]\n    default: nowhere #!'),
    'no node "nowhere"',
  ),
  bad('a branch without cases', nodes('  a: { type: branch, cases: [] } #!'), />=1/),
  bad(
    'an unknown node of a map',
    nodes('  a: { type: map, over: "{{ [] }}", node: nowhere } #!'),
    'no node "nowhere"',
  ),
  bad(
    'a map over a sink',
    nodes('  a: { type: map, over: "{{ [] }}", node: done } #!'),
    'agent, a tool or a transform',
  ),
  bad(
    'a map in a map',
    nodes('  a: { type: map, over: "{{ [] }}", node: { type: map } } #!'),
    'agent, a tool or a transform',
  ),
  bad(
    'a map whose item hides the input',
    nodes('  a: { type: map, over: "{{ [] }}", as: input, node: { type: transform, value: "1" } } #!'),
    'in scope already',
  ),
  bad(
    'a need of what only a map runs',
    nodes(
      '  i: { type: transform, value: "1" }\n  m: { type: map, over: "{{ [] }}", node: i }\n  a: { type: transform, value: "1", needs: [i] } #!',
    ),
    'only for the items',
  ),
  bad('no sink', 'name: x\nnodes: #!\n  a: { type: transform, value: "1" }\n', 'no sink'),
  bad(
    'no sink that can be reached',
    'name: x\nnodes: #!\n  a: { type: transform, value: "1", when: "false" }\n  s: { type: sink, sink: FINISH, needs: [a] }\n',
    'No sink can be reached',
  ),
  bad('an unknown tool', nodes('  a: { type: tool, tool: orders.cancel } #!'), 'no tool "orders.cancel"'),
  bad(
    'an unknown tool of an agent',
    nodes(
      '  a:\n    type: agent\n    agent: reasoning\n    tools:\n      - knowledge.search\n      - magic.wand #!',
    ),
    'no tool "magic.wand"',
  ),
  bad(
    'tools of a simple agent',
    nodes('  a:\n    type: agent\n    agent: simple\n    tools: [orders.lookup] #!'),
    'simple agent',
  ),
  bad(
    'an unknown tool in approvals',
    withTail('approvals:\n  - tool: orders.cancel #!'),
    'no tool "orders.cancel"',
  ),
  bad(
    'two policies for a tool',
    withTail('approvals:\n  - tool: orders.refund\n  - tool: orders.refund #!'),
    'policy already',
  ),
  bad('an unknown model', nodes('  a: { type: agent, model: brilliant } #!'), 'no model'),
  bad('a model of an unknown provider', nodes('  a: { type: agent, model: acme/wise } #!'), 'no model'),
  bad(
    'an approval whose plan is a list',
    nodes('  a: { type: approval, plan: [pay] } #!'),
    '{request, steps}',
  ),
  bad('an unknown model for consultation', withTail('consultation: { model: wise } #!'), 'no model'),
  bad('an unknown agent', nodes('  a: { type: agent, agent: secret } #!'), 'no agent "secret"'),
  bad(
    'a last rule with a condition',
    withTail(
      'hil_config:\n  routing_rules:\n    - when: "true"\n      priority: LOW\n    - when: "false" #!',
    ),
    'last rule',
  ),
  bad(
    'a rule behind one without a condition',
    withTail('hil_config:\n  routing_rules:\n    - priority: LOW #!\n    - priority: HIGH'),
    'never reached',
  ),
];

export const SCHEMAS: readonly MalformedWorkflow[] = [
  bad('an input schema of an unknown type', withTail('input:\n  type: text #!'), 'JSON Schema'),
  bad(
    'a bad property schema',
    withTail('input:\n  type: object\n  properties:\n    age: { type: number, minimum: young } #!'),
    'JSON Schema',
  ),
  bad('a bad pattern', withTail('input: #!\n  type: string\n  pattern: "("'), 'JSON Schema'),
  bad('a keyword that nobody knows', withTail('input: #!\n  type: object\n  requried: [a]'), 'requried'),
  bad('a reference to nowhere', withTail('input: #!\n  $ref: https://example.org/schema'), 'JSON Schema'),
  bad('a schema that is a list', withTail('input: [] #!'), 'JSON Schema'),
  bad(
    'a bad output schema',
    nodes('  a:\n    type: agent\n    output:\n      type: object\n      required: intent #!'),
    'JSON Schema',
  ),
];
