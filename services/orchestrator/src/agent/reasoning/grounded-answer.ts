import {
  BatonError,
  type ChatMessage,
  type Completion,
  type GroundingDocument,
  isBatonError,
  isProblemCode,
  NO_USAGE,
  PROBLEMS,
  type Usage,
} from '@baton/contracts';

import { addUsage } from '../../conversation/usage.js';
import {
  KNOWLEDGE_SEARCH,
  type KnowledgeFound,
  LONGEST_QUERY,
} from '../../tool/builtin/knowledge-search.tool.js';
import type { AgentThought } from '../../tool/run-journal.port.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { AgentCall, AgentContext, AgentPorts, AgentResult, AgentStep, TriedTool } from '../agent.js';
import { finished, handedOver, orHandOver, type Travelled } from '../agent-result.js';
import { askModel } from '../model-call.js';
import { repetitionHint } from '../repetition-hint.js';
import { chatHistory } from '../prompt/chat-history.js';
import { confidenceOf, fieldsOf, UNSTATED_CONFIDENCE } from '../prompt/structured-output.js';
import { groundedPrompt, STRUCTURE_HINT } from '../prompt/system-prompt.js';
import { thoughtEvent, thoughtOf } from './thought.js';

/**
 * How a reasoning agent answers on a model without tool calls: it searches knowledge with the question and
 * answers from what it finds. Whatever would need another tool is for a person.
 */
export const answerFromKnowledge = async (
  call: AgentCall,
  context: AgentContext | null,
  ports: AgentPorts,
): Promise<AgentResult> => {
  const { scope, question } = call;
  const args = { query: question.slice(0, LONGEST_QUERY) };
  const [outcome] = await ports.tools.execute(
    [{ callId: `ground_${call.retryTry}`, tool: KNOWLEDGE_SEARCH, args }],
    // On such a model the search is how the agent works, whether its node lists it or not.
    { ...scope, tools: [KNOWLEDGE_SEARCH] },
  );
  throwIfDown(outcome);
  const found = passagesOf(outcome);
  const observation = outcome?.kind === 'result' ? outcome.value : outcome;
  const tried: TriedTool[] = [{ tool: KNOWLEDGE_SEARCH, outcome: told(outcome, found) }];
  const step = (thought: string): AgentStep => ({
    thought,
    actions: [{ tool: KNOWLEDGE_SEARCH, args, observation }],
  });
  const documents = [...guidanceOf(context), ...found];
  let usage: Usage = NO_USAGE;
  let thought = '';
  const travelled = (): Travelled => ({ steps: [step(thought)], tried, usage });
  return orHandOver(async () => {
    const answer = await answerOnce(call, context, ports, documents).catch((error: unknown) => {
      // A greeting needs no passage; whatever else has none is for a person.
      if (documents.length === 0 && isBatonError(error, 'model-incapable'))
        throw new BatonError('model-incapable', 'No passage of the knowledge base fits the question');
      throw error;
    });
    ({ usage, text: thought } = answer);
    if (answer.stop_reason === 'refusal')
      return handedOver('agent_decision', 'The model refused to answer', travelled());
    let fields: Readonly<Record<string, unknown>> = {};
    if (call.outputSchema) {
      const structured = await structure(call, context, ports, documents, answer.text);
      usage = addUsage(usage, structured.usage);
      fields = fieldsOf(structured.output);
    }
    return finished(
      answer.text,
      confidenceOf(fields, answer.confidence) ?? UNSTATED_CONFIDENCE,
      fields,
      travelled(),
    );
  }, travelled);
};

/** The answer in words: from the journal where it is there, else from the model. */
const answerOnce = async (
  call: AgentCall,
  context: AgentContext | null,
  ports: AgentPorts,
  documents: GroundingDocument[],
): Promise<AgentThought> => {
  const { journal, nodeId } = call.scope;
  const number = iterationOf(call);
  const journaled = journal.thoughts(nodeId).find(({ iteration }) => iteration === number);
  if (journaled) return journaled;
  const messages = openingOf(call, context);
  const completion = await askModel(call, ports, number, { messages, documents });
  const thought = thoughtOf(nodeId, number, completion, []);
  journal.note([thoughtEvent(thought)]);
  return thought;
};

/** The fields that the node asks for beside the answer. */
const structure = (
  call: AgentCall,
  context: AgentContext | null,
  ports: AgentPorts,
  documents: GroundingDocument[],
  answer: string,
): Promise<Completion> =>
  askModel({ ...call, streamTo: null }, ports, iterationOf(call) + 1, {
    messages: [
      ...openingOf(call, context),
      { role: 'assistant', content: answer },
      { role: 'user', content: STRUCTURE_HINT },
    ],
    documents,
    output_schema: { ...call.outputSchema },
  });

const openingOf = (call: AgentCall, context: AgentContext | null): ChatMessage[] => [
  { role: 'system', content: groundedPrompt({ ...call, context }) },
  ...chatHistory(context),
  { role: 'user', content: call.question },
  ...(call.refused
    ? [
        { role: 'assistant' as const, content: call.refused.text },
        { role: 'user' as const, content: repetitionHint(call.refused) },
      ]
    : []),
];

/** An answer and its structure are two calls; who has to answer again asks under the next two numbers. */
const iterationOf = ({ refused }: AgentCall): number => (refused ? 3 : 1);

/** A search that could not be made is no empty search: the node's retry makes it again. */
const throwIfDown = (outcome: ToolOutcome | undefined): void => {
  if (outcome?.kind !== 'error') return;
  const { code, message } = outcome.error;
  if (code === 'tool-failed') throw new BatonError('unavailable', message);
  if (isProblemCode(code) && PROBLEMS[code].retryable) throw new BatonError(code, message);
};

/** A model that only extracts can follow no guidance: it may answer from it, where it fits the question. */
const guidanceOf = (context: AgentContext | null): GroundingDocument[] =>
  context === null || context.guidance === null
    ? []
    : [{ id: 'guidance', title: 'Guidance from our team', content: context.guidance, score: 1 }];

const passagesOf = (outcome: ToolOutcome | undefined): readonly GroundingDocument[] => {
  if (outcome?.kind !== 'result') return [];
  const { passages } = outcome.value as Partial<KnowledgeFound>;
  return (passages ?? []).map(({ id, title, content, score }) => ({ id, title, content, score }));
};

const told = (outcome: ToolOutcome | undefined, found: readonly GroundingDocument[]): string => {
  if (outcome?.kind === 'error') return `${outcome.error.code}: ${outcome.error.message}`;
  const [best] = found;
  return best
    ? `${found.length} passages, the best is "${best.title}" with ${best.score.toFixed(2)}`
    : 'nothing found';
};
