import { nodeScope } from '../../tool/testing/node-scope.fixture.js';
import { ToolExecutor } from '../../tool/tool-executor.js';
import { ToolRegistry } from '../../tool/tool-registry.js';
import type { Tool } from '../../tool/tool.js';
import type { AgentCall, AgentContext, AgentPorts } from '../agent.js';
import type { ModelPort } from '../model.port.js';

export const agentCall = (given: Partial<AgentCall> = {}): AgentCall => ({
  scope: nodeScope(),
  retryTry: 1,
  model: 'smart',
  prompt: null,
  question: 'Where is my order 1001?',
  outputSchema: null,
  maxSteps: 8,
  contextTokens: 6000,
  timeoutMs: 30_000,
  context: null,
  streamTo: null,
  ...given,
});

export const agentContext = (given: Partial<AgentContext> = {}): AgentContext => ({
  summary: null,
  memories: [],
  recent: [],
  guidance: null,
  humanSummary: null,
  customer: null,
  ...given,
});

/** Memories by their texts, nearest first. */
export const remembered = (...texts: readonly string[]): AgentContext['memories'] =>
  texts.map((content, index) => ({ memory_id: `mem_${index + 1}`, content }));

/** Messages by who said what, oldest first. */
export const said = (
  ...messages: readonly (readonly [role: AgentContext['recent'][number]['role'], content: string])[]
): AgentContext['recent'] =>
  messages.map(([role, content], index) => ({ message_id: `msg_${index + 1}`, role, content }));

export const agentPorts = (models: ModelPort, tools: readonly Tool[]): AgentPorts => ({
  models,
  tools: new ToolExecutor(new ToolRegistry(tools), { toolFailed: () => undefined }),
});
