import type { Agent } from './agent.js';
import { reasoningAgent } from './reasoning/reasoning-agent.js';
import { simpleAgent } from './simple/simple-agent.js';

/** The agent types that a workflow may name. */
export const AGENTS: ReadonlyMap<string, Agent> = new Map(
  [simpleAgent, reasoningAgent].map((agent) => [agent.name, agent]),
);

export interface AgentTypeView {
  readonly name: string;
  readonly description: string;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason: string | null;
}

/** Every agent type that there is or will be. */
export const agentTypes = (): AgentTypeView[] => [
  ...[...AGENTS.values()].map(({ name, description }) => ({
    name,
    description,
    available: true,
    reason: null,
  })),
  {
    name: 'code',
    description: 'Writes and runs code in a sandbox, and improves it until it can answer.',
    available: false,
    reason: 'It needs the sandbox, which is not there yet',
  },
];
