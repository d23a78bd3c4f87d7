import type { AgentTypeView } from '@baton/contracts';

import type { SandboxChoice } from '../sandbox/choose-sandbox.js';
import type { Agent } from './agent.js';
import { codeAgent } from './code/code-agent.js';
import { reasoningAgent } from './reasoning/reasoning-agent.js';
import { simpleAgent } from './simple/simple-agent.js';
import { traced } from './traced-agent.js';

/** The agent types that a workflow may name. */
export const AGENTS: ReadonlyMap<string, Agent> = new Map(
  [simpleAgent, reasoningAgent, codeAgent].map((agent) => [agent.name, traced(agent)]),
);

/** Every agent type as `GET /api/v1/agents` shows them; the code agent is there where a sandbox is. */
export const agentTypes = (choice: SandboxChoice): AgentTypeView[] =>
  [...AGENTS.values()].map(({ name, description, defaultModel, takesTools }) => {
    const missing = name === codeAgent.name && !choice.sandbox ? choice.reason : null;
    return {
      type: name,
      description,
      default_model: defaultModel,
      takes_tools: takesTools,
      available: missing === null,
      unavailable_reason: missing,
    };
  });
