import type { Completion } from '@baton/contracts';

import { throwIfCancelled } from '../tool/cancelled.js';
import type { AgentCall, AgentPorts } from './agent.js';
import type { CompletionRequest } from './model.port.js';

type Asked = Omit<
  CompletionRequest,
  'call_id' | 'model' | 'timeout_ms' | 'origin' | 'stream_to' | 'question'
>;

const LONGEST_QUESTION = 32_000;

/**
 * Asks the node's model. The call id names iteration and try, never the attempt: what another worker had
 * asked before it was lost is answered from what was paid for.
 */
export const askModel = async (
  call: AgentCall,
  ports: AgentPorts,
  iteration: number,
  asked: Asked,
): Promise<Completion> => {
  const { scope } = call;
  throwIfCancelled(scope.signal);
  const completion = await ports.models.complete(
    scope.tenantId,
    {
      ...asked,
      call_id: `${scope.runId}:${scope.nodeId}:${iteration}:${call.retryTry}`,
      model: call.model,
      ...(call.question.trim() !== '' && { question: call.question.slice(0, LONGEST_QUESTION) }),
      // Who shows the tokens withdraws those of an attempt that broke off.
      ...(call.streamTo !== null && { stream_to: call.streamTo, on_cut: 'restart' as const }),
      timeout_ms: call.timeoutMs,
      origin: {
        run_id: scope.runId,
        node_id: scope.nodeId,
        workflow: scope.workflow.name,
        ...(scope.conversationId !== null && { conversation_id: scope.conversationId }),
      },
    },
    scope.signal,
  );
  throwIfCancelled(scope.signal);
  return completion;
};
