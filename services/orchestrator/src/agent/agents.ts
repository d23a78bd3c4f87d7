import type { AgentTypeView } from '@baton/contracts';

import type { Agent } from './agent.js';
import { reasoningAgent } from './reasoning/reasoning-agent.js';
import { simpleAgent } from './simple/simple-agent.js';

/** The agent types that a workflow may name. */
export const AGENTS: ReadonlyMap<string, Agent> = new Map(
  [simpleAgent, reasoningAgent].map((agent) => [agent.name, agent]),
);

/** Every agent type that there is or will be, as `GET /api/v1/agents` shows them. */
export const agentTypes = (): AgentTypeView[] => [
  ...[...AGENTS.values()].map(({ name, description, defaultModel, takesTools }) => ({
    type: name,
    description,
    default_model: defaultModel,
    takes_tools: takesTools,
    available: true,
    unavailable_reason: null,
  })),
  {
    type: 'code',
    description: 'Writes and runs code in a sandbox, and improves it until it can answer.',
    default_model: 'smart',
    takes_tools: false,
    available: false,
    unavailable_reason: 'It needs the sandbox, which is not there yet',
  },
];
