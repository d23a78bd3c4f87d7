import { BatonError } from '@baton/contracts';

import { nodeResult } from '../../agent/agent.js';
import type { RefusedAnswer } from '../../agent/repetition-hint.js';
import { asText } from '../../workflow/expression/template.js';
import type { AgentNode } from '../../workflow/workflow.js';
import { repliesWith } from '../reply-nodes.js';
import type { RunFacts } from '../run.state.js';
import { completed, type NodeEnd, type NodeWork, renderAll } from './node-work.js';
import { toolScope } from './tool.node.js';

export const runAgent = async (node: AgentNode, work: NodeWork): Promise<NodeEnd> => {
  const { play, ports, log } = work;
  const agent = ports.agents.get(node.agent);
  if (!agent) throw new BatonError('internal', `There is no agent ${node.agent}`);
  const [rendered] = await renderAll(work, [node.prompt]);
  const prompt = node.prompt ? asText(rendered) : null;
  const result = await agent.run(
    {
      scope: toolScope(work, node.tools),
      retryTry: work.tryNumber,
      model: node.model,
      prompt,
      question: questionOf(log.state.input, prompt, work.nodeId !== node.id),
      outputSchema: node.output,
      maxSteps: node.max_steps,
      contextTokens: play.workflow.conversation.context.max_tokens,
      timeoutMs: node.timeout_ms,
      refused: refusedOf(log.state, work.nodeId),
      consulted: log.state.consulted,
      context: play.context,
      // What is no reply is not for the customer's eyes.
      streamTo: repliesWith(play.workflow, work.nodeId) ? play.streamTo : null,
    },
    ports.agentPorts,
  );
  return completed({ ...nodeResult(result), tried: result.tried }, result.usage, result.fitted);
};

/** What this node had answered, where it was refused as a repetition. */
const refusedOf = ({ refused }: RunFacts, nodeId: string): RefusedAnswer | null => {
  const answer = refused?.answers[nodeId];
  return refused && answer
    ? {
        ...answer,
        kind: refused.kind,
        reply: refused.reply,
        ...(refused.guidance !== undefined && { guidance: refused.guidance }),
      }
    : null;
};

/** The customer's message; where there is none, or the agent looks at an item of a list, what it is prompted with. */
const questionOf = (
  input: Readonly<Record<string, unknown>>,
  prompt: string | null,
  isItem: boolean,
): string => {
  const { message } = input;
  if (typeof message === 'string' && !(isItem && prompt !== null)) return message;
  return prompt ?? JSON.stringify(input);
};
