import type { RunEvent } from '@baton/contracts';

import type { ActionRequest } from '../tool/approval-needed.js';
import type { RecordedDecision } from '../tool/run-journal.port.js';
import type { ExpressionEngine, Scope } from '../workflow/expression/expression-engine.js';
import { fittingRule } from '../workflow/routing.js';
import type { Workflow } from '../workflow/workflow.js';
import { type RunFacts, toolKey } from './run.state.js';
import { momentOf } from './run-scope.js';
import { speakersOf } from './speakers.js';

/** What a draft's one step is called: no tool has this name, and nothing but the turn's end does it. */
export const REPLY_ACTION = 'conversation.reply';

/** Nobody waits for a draft longer: then a person takes the conversation itself. */
const DRAFT_EXPIRES_MS = 24 * 3_600_000;

/** Whether a person may have to send what this workflow's AI writes: then none of it is shown while it is written. */
export const mayDraft = ({ human }: Pick<Workflow, 'human'>): boolean =>
  human.reply_mode === 'draft' || human.routing_rules.some(({ reply_mode }) => reply_mode === 'draft');

/** The fitting rule's word, else the workflow's. */
export const isDraft = async (
  workflow: Workflow,
  engine: ExpressionEngine,
  run: RunFacts,
  scope: Scope,
): Promise<boolean> => {
  if (!mayDraft(workflow)) return false;
  const rule = await fittingRule(workflow, engine, { ...scope, waited_seconds: 0 }, momentOf(run, 'draft'));
  return (rule.reply_mode ?? workflow.human.reply_mode) === 'draft';
};

/** What people said to the latest draft of a sink. */
export const draftDecision = (run: RunFacts, sinkId: string): RecordedDecision | undefined =>
  Object.values(run.decisions).findLast(({ kind, node_id }) => kind === 'draft' && node_id === sinkId);

/** A reply that a person sends, changes or drops. */
export const draftRequest = (run: RunFacts, sinkId: string, reply: string): ActionRequest => ({
  kind: 'draft',
  node_id: sinkId,
  call_id: nextDraft(run, sinkId),
  plan: {
    request: 'Send this reply to the customer',
    steps: [{ tool: REPLY_ACTION, args: { content: reply }, reason: null }],
  },
  risk: {
    risk_tier: 'LOW',
    risk_score: 0,
    reasons: ['The workflow has people send what the AI writes'],
  },
  required: { role: 'agent', approvals: 1, fourEyes: false, expiresAfterMs: DRAFT_EXPIRES_MS },
});

const nextDraft = (run: RunFacts, sinkId: string): string => {
  let number = 1;
  while (Object.hasOwn(run.decisions, toolKey(sinkId, `draft-${number}`))) number += 1;
  return `draft-${number}`;
};

/** Has the agents of a draft write it anew, where people answered it and that was not done yet. */
export const guidedAgain = (run: RunFacts, workflow: Workflow): readonly RunEvent[] => {
  const answered = Object.values(run.decisions).findLast(({ kind }) => kind === 'draft');
  if (answered?.decision !== 'RESPONDED' || run.refused?.draft_call_id === answered.call_id) return [];
  const node_ids = speakersOf(workflow, answered.node_id);
  if (node_ids.length === 0) return [];
  return [
    {
      type: 'run.reply_repeated',
      data: {
        node_ids: [...node_ids],
        kind: 'guided',
        similarity: null,
        of_turn: null,
        reply: draftText(answered) ?? '',
        draft_call_id: answered.call_id,
        ...(answered.message !== null && { guidance: answered.message }),
      },
    },
  ];
};

/** The words of a draft as they were agreed to, or as they were answered. */
export const draftText = ({ plan }: RecordedDecision): string | null => {
  const { content } = (plan?.steps[0]?.args ?? {}) as { readonly content?: unknown };
  return typeof content === 'string' ? content : null;
};
