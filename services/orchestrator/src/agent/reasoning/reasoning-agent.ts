import type { Agent } from '../agent.js';
import { chatHistory } from '../prompt/chat-history.js';
import { fitContext } from '../prompt/fit-context.js';
import { reasoningPrompt } from '../prompt/system-prompt.js';
import { answerFromKnowledge } from './grounded-answer.js';
import { ReactLoop } from './react-loop.js';
import { Transcript } from './transcript.js';

/** ReAct: thinks, acts with a tool, observes, until it answers or hands over. */
export const reasoningAgent: Agent = {
  name: 'reasoning',
  description: 'Thinks, acts with tools and observes, until it answers or hands over to a person.',
  defaultModel: 'smart',
  takesTools: true,
  run: async (call, ports) => {
    const { scope } = call;
    const [model, context] = await Promise.all([
      ports.models.resolve(scope.tenantId, call.model, scope.signal),
      call.context && fitContext(call.context, call.contextTokens),
    ]);
    if (!model.tool_calls) return answerFromKnowledge(call, context, ports);
    const transcript = new Transcript([
      { role: 'system', content: reasoningPrompt({ ...call, context }) },
      ...chatHistory(context),
      { role: 'user', content: call.question },
    ]);
    return new ReactLoop(call, ports, model, transcript).run();
  },
};
