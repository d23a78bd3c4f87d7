import type { AgentCall, AgentContext, AgentPorts } from '../agent.js';
import { fitContext, type Fitted, type FixedParts } from './fit-context.js';
import { loadTokenizer } from './tokenizer.js';

/** A call's context as far as it fits beside the rest of its prompt; null standalone. */
export const fitCall = (call: AgentCall, ports: AgentPorts, fixed: FixedParts): Promise<Fitted | null> => {
  const { context, contextTokens, scope, model } = call;
  if (context === null) return Promise.resolve(null);
  return fitContext(context, fixed, contextTokens, async () =>
    loadTokenizer((await ports.models.resolve(scope.tenantId, model, scope.signal)).model),
  );
};

/** What of a context is in the prompt whatever fits: who the customer is. */
export const bareContext = (context: AgentContext | null): AgentContext | null =>
  context && { ...context, guidance: null, humanSummary: null, summary: null, memories: [], recent: [] };
