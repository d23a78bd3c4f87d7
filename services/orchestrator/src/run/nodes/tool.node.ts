import { BatonError, isProblemCode, NO_USAGE, PROBLEMS } from '@baton/contracts';

import type { TriedTool } from '../../agent/agent.js';
import {
  CONVERSATION_HANDOVER,
  type RequestedHandover,
} from '../../tool/builtin/conversation-handover.tool.js';
import { ApprovalNeeded } from '../../tool/approval-needed.js';
import type { NodeScope } from '../../tool/node-scope.js';
import { isReconnectReason } from '../../tool/reconnect-reason.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { ToolNode } from '../../workflow/workflow.js';
import { ConsultationAsked } from '../run-pause.js';
import { momentOf } from '../run-scope.js';
import { completed, type NodeEnd, type NodeWork, renderAll, StepError } from './node-work.js';

export const runTool = async (node: ToolNode, work: NodeWork): Promise<NodeEnd> => {
  const [args] = await renderAll(work, [node.args]);
  const request = { callId: nextCallId(work), tool: node.tool, args };
  const [outcome] = await work.ports.agentPorts.tools.execute([request], toolScope(work, [node.tool]));
  if (!outcome) throw new BatonError('internal', `${node.tool} gave no outcome`);
  return endOf(node.tool, outcome);
};

/** What tools and agents are told of where they run. */
export const toolScope = (work: NodeWork, tools: readonly string[]): NodeScope => {
  const { play, log } = work;
  const { state } = log;
  const customer = play.context?.customer ?? null;
  return {
    tenantId: play.tenantId,
    runId: state.run_id,
    nodeId: work.nodeId,
    conversationId: state.conversation_id,
    customerId: customer?.id ?? null,
    workflow: state.workflow,
    tools,
    approvals: play.workflow.approvals,
    riskScore: async (expression, args) => {
      const [score] = await work.ports.expressions.evaluateAll(
        [expression],
        { ...work.scope, args },
        momentOf(state, work.nodeId),
      );
      return score;
    },
    digestKey: work.ports.digestKey,
    boundary: () => {
      const asked = work.ports.pauses.of(state.run_id);
      if (asked !== undefined) throw new ConsultationAsked(asked, work.nodeId);
    },
    journal: work.journal,
    signal: work.signal,
  };
};

/**
 * The same call, and with it the same idempotency key, until it has come to a no: a retry then is another call.
 */
const nextCallId = ({ log, nodeId }: NodeWork): string => {
  let number = 1;
  while (isNo(log.finishedTool(nodeId, String(number))?.error)) number += 1;
  return String(number);
};

/** A connection that was missing is no answer: the same call is tried again once it is there. */
const isNo = (error: { readonly code: string } | null | undefined): boolean =>
  error !== null && error !== undefined && !isReconnectReason(error.code);

const endOf = (tool: string, outcome: ToolOutcome): NodeEnd => {
  switch (outcome.kind) {
    case 'result':
      return tool === CONVERSATION_HANDOVER ? asked(outcome.value) : completed(outcome.value, NO_USAGE);
    case 'error':
      throw new StepError(outcome.error.code, outcome.error.message, isPassing(outcome.error.code));
    case 'disconnected':
      throw new ApprovalNeeded(outcome.reconnect);
    case 'unsettled':
      return needsPerson('failure', outcome.note, { tool, outcome: 'begun, not known whether it was done' });
  }
};

const needsPerson = (reason: 'failure', note: string, tried: TriedTool): NodeEnd => ({
  kind: 'needs-person',
  reason,
  note,
  tried: [tried],
});

/** The tool by which a workflow gives the conversation to a person. */
const asked = (value: unknown): NodeEnd => {
  const { reason, note } = value as RequestedHandover;
  return { kind: 'needs-person', reason, note, tried: [] };
};

/** A part that was down may be up again; a no stays a no. */
const isPassing = (code: string): boolean =>
  code === 'tool-failed' || (isProblemCode(code) && PROBLEMS[code].retryable);
