import type { ActionPlan, RiskAssessment } from '@baton/contracts';

import type { AgentContext } from '../../agent/agent.js';
import type { RequestedApproval } from '../../approval/approval.state.js';
import type { LiveRun } from '../../run/run.state.js';

export type FactKind =
  | 'plan'
  | 'risk'
  | 'decision'
  | 'input'
  | 'thought'
  | 'tool'
  | 'step'
  | 'guidance'
  | 'human'
  | 'summary'
  | 'message'
  | 'memory';

/** Something the agent truly has: from the log, never made up. */
export interface Fact {
  readonly kind: FactKind;
  /** In words: what it is. */
  readonly title: string;
  readonly text: string;
}

/** What the agent knows, in the order in which it came to be; what it is about to do first. */
export const factsOf = (known: {
  readonly approval: RequestedApproval | null;
  readonly run: LiveRun | null;
  readonly context: AgentContext | null;
}): readonly Fact[] => [
  ...(known.approval ? ofApproval(known.approval) : []),
  ...(known.run ? ofRun(known.run) : []),
  ...(known.context ? ofContext(known.context) : []),
];

/** A plan as people and models read it: what would be done, made from the tools and their arguments. */
export const planText = ({ request, steps }: ActionPlan): string =>
  [
    request,
    ...steps.map(({ tool, args, reason }, index) => {
      const call = `${index + 1}. ${tool} ${JSON.stringify(args)}`;
      return reason === null ? call : `${call}\n   The agent's reason: ${reason}`;
    }),
  ].join('\n');

const riskText = ({ risk_tier, risk_score, reasons }: RiskAssessment): string =>
  [`${risk_tier}, scored ${risk_score} of 100`, ...reasons.map((reason) => `- ${reason}`)].join('\n');

const ofApproval = (approval: RequestedApproval): Fact[] => {
  const { plan, risk_assessment, decisions, required_role, approvals_needed, status, expires_at } = approval;
  const people = approvals_needed === 1 ? 'one person' : `${approvals_needed} different people`;
  return [
    { kind: 'plan', title: `The plan (${status})`, text: planText(plan) },
    { kind: 'risk', title: 'Its risk', text: riskText(risk_assessment) },
    {
      kind: 'decision',
      title: 'Who decides',
      text: `It needs ${people} with the role ${required_role}, by ${expires_at}`,
    },
    ...decisions.map(({ decision, decided_by, message }): Fact => ({
      kind: 'decision',
      title: 'A decision',
      text: `${decided_by.agent_id} (${decided_by.role}): ${decision}${message === null ? '' : `, ${message}`}`,
    })),
  ];
};

const ofRun = (run: LiveRun): Fact[] => [
  ...inputOf(run),
  ...Object.entries(run.thoughts).flatMap(([nodeId, thoughts]) =>
    thoughts.flatMap(({ iteration, text, tool_calls }): Fact[] => [
      ...(text.trim() === ''
        ? []
        : [{ kind: 'thought' as const, title: `My thought ${iteration} in ${nodeId}`, text }]),
      ...tool_calls.map(({ id, tool, args }): Fact => ({
        kind: 'tool',
        title: `${tool} in ${nodeId}`,
        text: `${tool} ${JSON.stringify(args)}\n${toolEnd(run, nodeId, id)}`,
      })),
    ]),
  ),
  ...toolsWithoutThought(run),
  ...Object.entries(run.steps)
    .filter(([, { status }]) => status !== 'SKIPPED')
    .map(([id, { status, output, error }]): Fact => ({
      kind: 'step',
      title: `Step ${id}`,
      text: `${status}: ${error ? `${error.code}, ${error.message}` : asText(output)}`,
    })),
];

const inputOf = ({ input }: LiveRun): Fact[] => {
  const { message, ...rest } = input;
  const { history: _history, memory: _memory, customer: _customer, ...data } = rest;
  return [
    ...(typeof message === 'string'
      ? [{ kind: 'input' as const, title: 'What I was asked', text: message }]
      : []),
    ...(Object.keys(data).length > 0
      ? [{ kind: 'input' as const, title: 'What I was given', text: asText(data) }]
      : []),
  ];
};

const toolEnd = (run: LiveRun, nodeId: string, callId: string): string => {
  const key = `${nodeId}/${callId}`;
  const finished = run.tools_finished[key];
  if (finished)
    return finished.error ? `It said no: ${finished.error.message}` : `It gave ${asText(finished.result)}`;
  return run.tools_started[key] ? 'It was begun, and has not ended' : 'It was not done';
};

/** A tool node calls without a thought. */
const toolsWithoutThought = (run: LiveRun): Fact[] =>
  Object.entries(run.tools_finished)
    .filter(([, { node_id, call_id }]) => !isThoughtOf(run, node_id, call_id))
    .map(([, finished]) => ({
      kind: 'tool',
      title: `${finished.tool} in ${finished.node_id}`,
      text: toolEnd(run, finished.node_id, finished.call_id),
    }));

const isThoughtOf = (run: LiveRun, nodeId: string, callId: string): boolean =>
  (run.thoughts[nodeId] ?? []).some(({ tool_calls }) => tool_calls.some(({ id }) => id === callId));

const ofContext = ({ guidance, humanSummary, summary, recent, memories }: AgentContext): Fact[] => [
  ...(guidance === null
    ? []
    : [{ kind: 'guidance' as const, title: 'Guidance of our team', text: guidance }]),
  ...(humanSummary === null
    ? []
    : [{ kind: 'human' as const, title: 'What our team did with the customer', text: humanSummary }]),
  ...(summary === null
    ? []
    : [{ kind: 'summary' as const, title: 'The conversation so far', text: summary }]),
  ...recent.map(({ role, content }): Fact => ({ kind: 'message', title: SPEAKERS[role], text: content })),
  ...memories.map(({ content }): Fact => ({ kind: 'memory', title: 'What I remember', text: content })),
];

const SPEAKERS = {
  user: 'The customer wrote',
  assistant: 'I answered the customer',
  human_agent: 'A colleague wrote to the customer',
  system: 'The customer was told',
} as const;

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
