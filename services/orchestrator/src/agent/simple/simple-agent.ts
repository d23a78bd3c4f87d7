import type { ChatMessage } from '@baton/contracts';

import type { Agent, AgentCall, AgentContext, AgentPorts, AgentResult } from '../agent.js';
import { finished, handedOver, NOWHERE, orHandOver, type Travelled } from '../agent-result.js';
import { askModel } from '../model-call.js';
import { repetitionHint } from '../repetition-hint.js';
import { bareContext, fitCall } from '../prompt/fit-call.js';
import { confidenceOf, fieldsOf, handoverOf } from '../prompt/structured-output.js';
import { singleCallPrompt } from '../prompt/system-prompt.js';

/** One structured call. */
export const simpleAgent: Agent = {
  name: 'simple',
  description: 'One call of a model, with structured output where the node gives a schema.',
  defaultModel: 'fast',
  takesTools: false,
  run: async (call, ports) => {
    const fitted = await fitCall(call, ports, {
      system: singleCallPrompt(bareContext(call.context)),
      question: taskOf(call),
    });
    const result = await orHandOver(
      () => answer(call, fitted?.context ?? null, ports),
      () => NOWHERE,
    );
    return { ...result, ...(fitted && { fitted: fitted.report }) };
  },
};

const answer = async (
  call: AgentCall,
  context: AgentContext | null,
  ports: AgentPorts,
): Promise<AgentResult> => {
  const completion = await askModel(unseen(call), ports, call.refused ? 2 : 1, {
    messages: messagesOf(call, context),
    ...(call.outputSchema && { output_schema: { ...call.outputSchema } }),
  });
  const travelled: Travelled = {
    steps: [{ thought: completion.text, actions: [] }],
    tried: [],
    usage: completion.usage,
  };
  if (completion.stop_reason === 'refusal')
    return handedOver('agent_decision', 'The model refused to answer', travelled);
  if (completion.stop_reason === 'length' && !call.outputSchema)
    return handedOver('agent_decision', "The model's answer was too long and was cut off", travelled);
  const fields = call.outputSchema ? fieldsOf(completion.output) : {};
  const handover = handoverOf(fields);
  const confidence = confidenceOf(fields, completion.confidence);
  if (handover)
    return {
      ...handedOver(handover.reason, handover.note, travelled),
      text: completion.text,
      confidence,
      fields,
    };
  return finished(completion.text, confidence, fields, travelled);
};

/** Fields are not for the customer's eyes. */
const unseen = (call: AgentCall): AgentCall => (call.outputSchema ? { ...call, streamTo: null } : call);

const messagesOf = (call: AgentCall, context: AgentContext | null): ChatMessage[] => [
  { role: 'system', content: singleCallPrompt(context) },
  { role: 'user', content: taskOf(call) },
  ...refusedOf(call),
];

const refusedOf = ({ refused }: AgentCall): ChatMessage[] =>
  refused
    ? [
        { role: 'assistant', content: refused.text },
        { role: 'user', content: repetitionHint(refused) },
      ]
    : [];

/** The prompt, and the customer's words where it does not quote them itself. */
const taskOf = ({ prompt, question }: AgentCall): string => {
  if (prompt === null || prompt.trim() === '') return question;
  return question.trim() === '' || prompt.includes(question) ? prompt : `${prompt}\n\n${question}`;
};
