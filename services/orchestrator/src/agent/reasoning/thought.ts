import type { Completion, RunEvent } from '@baton/contracts';

import { jsonSafe, safeText } from '../../tool/json-safe.js';
import type { AgentThought } from '../../tool/run-journal.port.js';

const USABLE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A model that asks for more at once has lost its way; the rest is as if it had not been asked for. */
const MOST_CALLS = 32;

/** A model's answer as it is journaled. Its calls get ids that are unique in the node, whatever the model gave. */
export const thoughtOf = (
  nodeId: string,
  iteration: number,
  completion: Completion,
  earlier: readonly AgentThought[],
): AgentThought => {
  const taken = new Set(earlier.flatMap(({ tool_calls }) => tool_calls.map(({ id }) => id)));
  const tool_calls = completion.tool_calls.slice(0, MOST_CALLS).map(({ id: given, name, args }, index) => {
    const id = USABLE_ID.test(given) && !taken.has(given) ? given : `c${iteration}_${index + 1}`;
    taken.add(id);
    return { id, tool: safeText(name), args: jsonSafe(args) };
  });
  const { stop_reason, confidence } = completion;
  return {
    node_id: nodeId,
    iteration,
    text: safeText(completion.text),
    tool_calls,
    ...((stop_reason === 'length' || stop_reason === 'refusal') && { stop_reason }),
    ...(confidence !== null && { confidence }),
    usage: completion.usage,
  };
};

export const thoughtEvent = (thought: AgentThought): RunEvent => ({
  type: 'run.agent_thought',
  data: thought,
});
