import type { BodyOf, workflowRequests } from '@baton/contracts';

type AgentRun = BodyOf<typeof workflowRequests.executeAgent>;

const AGENT = 'agent';

/** The workflow that is one agent: what `POST /api/v1/agents/{type}/execute` runs. JSON is YAML too. */
export const agentWorkflow = ({ type, model, prompt, tools, max_steps, output }: AgentRun): string =>
  JSON.stringify({
    name: `agent_${type}`,
    nodes: {
      [AGENT]: { type: 'agent', agent: type, model, prompt, tools, max_steps, output },
      done: {
        type: 'sink',
        sink: 'FINISH',
        needs: [AGENT],
        reply: `{{ nodes.${AGENT}.text }}`,
        confidence: `{{ nodes.${AGENT}.confidence }}`,
        ...(output && { output: outputOf(output) }),
      },
    },
  });

/** Text is the message, as a conversation would supply it. */
export const agentInput = ({ input }: AgentRun): Record<string, unknown> =>
  typeof input === 'string' ? { message: input } : input;

/** A path of the workflow in the words of the call that asked for it. */
export const callersPath = (path: string): string => path.replace(new RegExp(`^nodes\\.${AGENT}\\.`), '');

/** Of the agent's result, what the caller's schema asked for. */
const outputOf = (schema: Readonly<Record<string, unknown>>): unknown => {
  const { type, properties } = schema;
  if (typeof properties === 'object' && properties !== null)
    return Object.fromEntries(Object.keys(properties).map((key) => [key, field(key)]));
  return type === 'object' ? OTHER_FIELDS : field('output');
};

const field = (key: string): string => `{{ $lookup(nodes.${AGENT}, ${JSON.stringify(key)}) }}`;

/** A schema that names no fields: all that are not the agent's own. */
const OTHER_FIELDS = `{{ $sift(nodes.${AGENT}, function($value, $key) {
  $not($key in ["text", "confidence", "sink", "reason", "note", "steps", "tried", "files"])
}) }}`;
