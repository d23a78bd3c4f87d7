import type { Expression } from '../../workflow/expression/expression.js';
import type { ApprovalPolicy, RiskRule } from '../../workflow/workflow.js';
import type { NodeScope } from '../node-scope.js';
import type { Tool } from '../tool.js';
import { MemoryJournal } from './memory-journal.fixture.js';

export const nodeScope = (given: Partial<NodeScope> = {}): NodeScope => ({
  tenantId: 'acme',
  runId: 'run_1',
  nodeId: 'answer',
  conversationId: 'conv_1',
  customerId: 'cust_1',
  workflow: { name: 'support', version: 1 },
  tools: [],
  approvals: new Map(),
  riskScore: () => Promise.reject(new Error('No policy here has a score')),
  digestKey: Buffer.alloc(32, 7),
  journal: new MemoryJournal(),
  signal: new AbortController().signal,
  ...given,
});

export const readTool = (given: Partial<Tool> & Pick<Tool, 'name'>): Tool => ({
  description: `Reads for ${given.name}`,
  source: 'builtin',
  inputSchema: { type: 'object' },
  riskTier: 'LOW',
  timeoutMs: 1000,
  idempotency: 'safe',
  sees: ['conversation', 'customer'],
  run: (args) => Promise.resolve({ read: args }),
  ...given,
});

export const effectTool = (given: Partial<Tool> & Pick<Tool, 'name'>): Tool =>
  readTool({ idempotency: 'key', ...given });

export const policy = (tool: string, risk: RiskRule | null): ApprovalPolicy => ({
  tool,
  risk,
  tiers: { MEDIUM: 40, HIGH: 70, CRITICAL: 90 },
  require: {
    MEDIUM: { role: 'agent', approvals: 1 },
    HIGH: { role: 'senior', approvals: 1 },
    CRITICAL: { role: 'senior', approvals: 2 },
  },
  four_eyes: false,
  expires_after_ms: 3_600_000,
});

export const expression = (source: string): Expression => ({
  source,
  simple: null,
  names: { roots: new Set(), nodes: new Set(), inputs: new Set() },
});
