import { type BatonError, isBatonError, NO_USAGE, type RunEvent, type Usage } from '@baton/contracts';

import { ExpressionError, type Scope } from '../workflow/expression/expression-engine.js';
import type { ItemNode, WorkNode } from '../workflow/workflow.js';
import { runAgent } from './nodes/agent.node.js';
import { runApproval } from './nodes/approval.node.js';
import { runBranch } from './nodes/branch.node.js';
import { runMap } from './nodes/map.node.js';
import { type NodeEnd, type NodeWork, StepError } from './nodes/node-work.js';
import { runTool } from './nodes/tool.node.js';
import { runTransform } from './nodes/transform.node.js';
import { retryDelay } from './retry.js';
import { pauseOf } from './run-pause.js';
import { limited } from './time-limit.js';
import { thoughtUsage } from './run.state.js';

/** What a step has to work with; each try at it gets its own number, signal and scope. */
export type StepWork = Omit<NodeWork, 'tryNumber'>;

/** How a step ended; `event` is not in the log yet. */
export interface StepEnd {
  readonly nodeId: string;
  readonly end:
    NodeEnd | { readonly kind: 'failed'; readonly error: StepFailure } | { readonly kind: 'cancelled' };
  /** Null where the step stands still. */
  readonly event: Extract<RunEvent, { type: 'run.step_completed' }> | null;
}

export interface StepFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * Runs one node: tries, waits, tries again as the node says. A failure is an end like any other.
 * @throws what broke the log, for then nothing can be said of the run
 */
export const runStep = async (node: WorkNode | ItemNode, work: StepWork): Promise<StepEnd> => {
  const { clock } = work.ports;
  const began = clock.elapsed();
  let attempts = 0;
  const ended = (end: StepEnd['end'], usage: Usage): StepEnd => ({
    nodeId: work.nodeId,
    end,
    event:
      end.kind === 'paused'
        ? null
        : stepCompleted(work.nodeId, end, attempts, clock.elapsed() - began, usage),
  });
  for (;;) {
    attempts += 1;
    try {
      const end = await limited(node.timeout_ms, work.signal, clock, (signal) =>
        runNode(node, { ...work, tryNumber: attempts, signal }),
      );
      if (end.kind === 'completed' && node.type !== 'map') work.room.take(end.output);
      return ended(end, end.kind === 'completed' ? end.usage : thoughtUsage(work.log.state, work.nodeId));
    } catch (error) {
      if (work.log.failure) throw work.log.failure.error;
      const spent = thoughtUsage(work.log.state, work.nodeId);
      if (work.signal.aborted) return ended({ kind: 'cancelled' }, spent);
      const pause = pauseOf(error);
      if (pause) return ended({ kind: 'paused', pause }, spent);
      const failure = toFailure(error, work);
      if (!failure.retryable || attempts >= node.retry.attempts)
        return ended({ kind: 'failed', error: { code: failure.code, message: failure.message } }, spent);
      await clock.sleep(retryDelay(node.retry.backoff_ms, attempts, error, work.ports.random()), work.signal);
    }
  }
};

const runNode = (node: WorkNode | ItemNode, work: NodeWork): Promise<NodeEnd> => {
  switch (node.type) {
    case 'agent':
      return runAgent(node, work);
    case 'tool':
      return runTool(node, work);
    case 'transform':
      return runTransform(node, work);
    case 'branch':
      return runBranch(node, work);
    case 'approval':
      return runApproval(node, work);
    case 'map':
      return runMap(node, work, (nodeId, item) =>
        runItem(node.item, nodeId, { ...work.scope, [node.as]: item }, work),
      );
  }
};

/** One item of a map: a step of its own in the log. */
const runItem = async (node: ItemNode, nodeId: string, scope: Scope, work: NodeWork): Promise<NodeEnd> => {
  const before = work.log.state.steps[nodeId];
  if (before?.status === 'COMPLETED') return { kind: 'completed', output: before.output, usage: NO_USAGE };
  const { end, event } = await runStep(node, { ...work, nodeId, scope });
  if (end.kind === 'cancelled') throw new StepError('cancelled', 'The run ended', false);
  if (end.kind === 'failed') throw new StepError(end.error.code, `${nodeId}: ${end.error.message}`, false);
  if (end.kind === 'completed' && event) await work.log.append([event]);
  return end;
};

const toFailure = (error: unknown, work: StepWork): StepFailure & { readonly retryable: boolean } => {
  if (error instanceof StepError) return error;
  if (isBatonError(error)) return fromBatonError(error);
  if (error instanceof ExpressionError)
    return { code: 'expression-failed', message: error.message, retryable: false };
  work.ports.stepFailed({ runId: work.log.state.run_id, nodeId: work.nodeId, error });
  return { code: 'internal', message: 'An unexpected error', retryable: true };
};

const fromBatonError = (error: BatonError) => ({
  code: error.code,
  message: error.message,
  retryable: error.retryable,
});

const stepCompleted = (
  node_id: string,
  end: Exclude<StepEnd['end'], { kind: 'paused' }>,
  attempts: number,
  elapsed: number,
  usage: Usage,
): NonNullable<StepEnd['event']> => ({
  type: 'run.step_completed',
  data: {
    node_id,
    status: statusOf(end),
    output: end.kind === 'completed' ? end.output : null,
    error: errorOf(end),
    attempts,
    duration_ms: Math.round(elapsed * 100) / 100,
    usage,
    ...(end.kind === 'completed' && end.context && { context: end.context }),
  },
});

const statusOf = (end: Exclude<StepEnd['end'], { kind: 'paused' }>): 'COMPLETED' | 'FAILED' | 'CANCELLED' => {
  if (end.kind === 'completed') return 'COMPLETED';
  return end.kind === 'failed' ? 'FAILED' : 'CANCELLED';
};

const errorOf = (end: StepEnd['end']): StepFailure | null => {
  if (end.kind === 'failed') return end.error;
  return end.kind === 'needs-person' ? { code: 'needs-person', message: end.note ?? end.reason } : null;
};
