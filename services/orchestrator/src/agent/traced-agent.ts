import { BATON_ATTRIBUTES, GEN_AI, GEN_AI_OPERATIONS, spanned } from '@baton/service';

import type { Agent } from './agent.js';

/** The same agent, each of whose runs is a span: its model calls and tools are inside. */
export const traced = (agent: Agent): Agent => ({
  ...agent,
  run: (task, ports) =>
    spanned(
      `${GEN_AI_OPERATIONS.agent} ${agent.name}`,
      {
        attributes: {
          [GEN_AI.operation]: GEN_AI_OPERATIONS.agent,
          [GEN_AI.agent]: agent.name,
          [BATON_ATTRIBUTES.run]: task.scope.runId,
          [BATON_ATTRIBUTES.node]: task.scope.nodeId,
        },
      },
      () => agent.run(task, ports),
    ),
});
