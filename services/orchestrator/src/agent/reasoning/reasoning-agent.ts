import type { Agent, AgentCall, AgentContext } from '../agent.js';
import { chatHistory } from '../prompt/chat-history.js';
import { bareContext, fitCall } from '../prompt/fit-call.js';
import { groundedPrompt, reasoningPrompt } from '../prompt/system-prompt.js';
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
    const model = await ports.models.resolve(scope.tenantId, call.model, scope.signal);
    const promptOf = model.tool_calls ? reasoningPrompt : groundedPrompt;
    const fitted = await fitCall(call, ports, {
      system: promptOf({ ...call, context: bareContext(call.context) }),
      question: call.question,
    });
    const context = fitted?.context ?? null;
    const result = model.tool_calls
      ? await new ReactLoop(call, ports, model, opening(call, context)).run()
      : await answerFromKnowledge(call, context, ports);
    return { ...result, ...(fitted && { fitted: fitted.report }) };
  },
};

const opening = (call: AgentCall, context: AgentContext | null): Transcript =>
  new Transcript([
    { role: 'system', content: reasoningPrompt({ ...call, context }) },
    ...chatHistory(context),
    { role: 'user', content: call.question },
  ]);
