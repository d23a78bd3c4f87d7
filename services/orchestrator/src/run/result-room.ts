import type { Workflow } from '../workflow/workflow.js';
import { StepError } from './nodes/node-work.js';
import type { RunFacts } from './run.state.js';

/** Of what the steps of one run give, together, as JSON: what the log and whoever looks at the run must carry. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Keeps a run's results within what can be carried. */
export class ResultRoom {
  private held: number;

  /** The list that a map gives is its items again, which are counted one by one. */
  constructor(run: RunFacts, workflow: Pick<Workflow, 'nodes'>) {
    this.held = Object.entries(run.steps)
      .filter(([id]) => workflow.nodes.get(id)?.type !== 'map')
      .reduce((total, [, { output }]) => total + bytesOf(output), 0);
  }

  /** @throws StepError `results-too-large` */
  take(output: unknown): void {
    this.held += bytesOf(output);
    if (this.held > MOST_BYTES)
      throw new StepError(
        'results-too-large',
        `The results of a run may have ${MOST_BYTES} bytes together`,
        false,
      );
  }
}

const bytesOf = (output: unknown): number => Buffer.byteLength(JSON.stringify(output ?? null));
