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

export const agentPorts = (models: ModelPort, tools: readonly Tool[]): AgentPorts => ({
  models,
  tools: new ToolExecutor(new ToolRegistry(tools), { toolFailed: () => undefined }),
});
