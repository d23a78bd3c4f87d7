import { NO_USAGE } from '@baton/contracts';

import type { MapNode } from '../../workflow/workflow.js';
import { completed, type NodeEnd, type NodeWork, renderAll, StepError } from './node-work.js';

const MOST_ITEMS = 1000;
const ITEMS_AT_ONCE = 4;

/** Runs and journals one item as a step of its own; what was journaled before is not run again. */
export type RunItem = (nodeId: string, item: unknown) => Promise<NodeEnd>;

/** The item's node for each item of a list, some at once; the result has the order of the list. */
export const runMap = async (node: MapNode, work: NodeWork, runItem: RunItem): Promise<NodeEnd> => {
  const [over] = await renderAll(work, [node.over]);
  const items = asList(over);
  if (items.length > MOST_ITEMS)
    throw new StepError(
      'too-many-items',
      `A map takes at most ${MOST_ITEMS} items, not ${items.length}`,
      false,
    );
  const outputs: unknown[] = [];
  let person: NodeEnd | undefined;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && !person) {
      const index = next;
      next += 1;
      const end = await runItem(`${node.id}[${index}]`, items[index]);
      if (end.kind === 'completed') outputs[index] = end.output;
      else person ??= end;
    }
  };
  const workers = Array.from({ length: Math.min(ITEMS_AT_ONCE, items.length) }, worker);
  const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === 'rejected');
  if (failed) throw failed.reason;
  return person ?? completed(outputs, NO_USAGE);
};

/** JSONata gives a list of one as its item, and an empty one as nothing. */
const asList = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
};
