import { type FittedContext, type HandoverReason, NO_USAGE, type Usage } from '@baton/contracts';

import type { TriedTool } from '../../agent/agent.js';
import type { RunJournal } from '../../tool/run-journal.port.js';
import type { Scope } from '../../workflow/expression/expression-engine.js';
import type { Expression } from '../../workflow/expression/expression.js';
import { expressionsOf, fillTemplate, type Template } from '../../workflow/expression/template.js';
import { momentOf } from '../run-scope.js';
import type { ResultRoom } from '../result-room.js';
import type { RunLog } from '../run-log.js';
import type { RunPause } from '../run-pause.js';
import type { RunToPlay, RuntimePorts } from '../runtime.ports.js';

/** One try at one node. */
export interface NodeWork {
  readonly play: RunToPlay;
  readonly ports: RuntimePorts;
  readonly log: RunLog;
  /** As agents and tools see the log: it minds the run's budget. */
  readonly journal: RunJournal;
  /** What the run's results may still hold. */
  readonly room: ResultRoom;
  /** An item of a map has an id of its own: `each[3]`. */
  readonly nodeId: string;
  /** The names in scope. */
  readonly scope: Scope;
  /** 1 for the first. */
  readonly tryNumber: number;
  /** Ends with the node's time, with the run's, and with the run. */
  readonly signal: AbortSignal;
}

/** What a node came to. */
export type NodeEnd =
  | {
      readonly kind: 'completed';
      readonly output: unknown;
      readonly usage: Usage;
      /** What of the conversation an agent was shown. */
      readonly context?: FittedContext | undefined;
    }
  /** It can't go on without a person: the run is handed over. */
  | {
      readonly kind: 'needs-person';
      readonly reason: HandoverReason;
      readonly note: string | null;
      readonly tried: readonly TriedTool[];
    }
  /** It stands still until people have had their say: the run pauses. */
  | { readonly kind: 'paused'; readonly pause: RunPause };

export const completed = (output: unknown, usage: Usage = NO_USAGE, context?: FittedContext): NodeEnd => ({
  kind: 'completed',
  output: output ?? null,
  usage,
  ...(context && { context }),
});

/** A node's failure with a code of its own; told to whoever looks at the run. */
export class StepError extends Error {
  override readonly name = 'StepError';

  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

export const evaluateAll = (
  work: Pick<NodeWork, 'ports' | 'log' | 'nodeId' | 'scope'>,
  expressions: readonly Expression[],
): Promise<unknown[]> =>
  expressions.length === 0
    ? Promise.resolve([])
    : work.ports.expressions.evaluateAll(expressions, work.scope, momentOf(work.log.state, work.nodeId));

/** The values of templates over one scope, evaluated together. */
export const renderAll = async (
  work: Pick<NodeWork, 'ports' | 'log' | 'nodeId' | 'scope'>,
  templates: readonly (Template | null)[],
): Promise<unknown[]> => {
  const expressions = templates.map((template) => (template ? expressionsOf(template) : []));
  const values = await evaluateAll(work, expressions.flat());
  let used = 0;
  return templates.map((template, index) => {
    const count = expressions[index]?.length ?? 0;
    const own = values.slice(used, used + count);
    used += count;
    return template ? fillTemplate(template, own) : undefined;
  });
};
