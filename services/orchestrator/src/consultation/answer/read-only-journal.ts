import { BatonError, type RunEvent } from '@baton/contracts';

import type {
  AgentThought,
  FinishedTool,
  RecordedDecision,
  RunJournal,
  StartedTool,
} from '../../tool/run-journal.port.js';

/**
 * The journal of a consulted agent: nothing of it is a run's, and nothing that has an effect can begin in it, whatever
 * its risk is said to be. A tool with an effect journals its start before it runs, and that start is refused here.
 */
export class ReadOnlyJournal implements RunJournal {
  append(events: readonly RunEvent[]): Promise<void> {
    const started = events.find(({ type }) => type === 'run.tool_started');
    if (started)
      return Promise.reject(
        new BatonError('forbidden', 'A consulted agent reads: it begins nothing that has an effect'),
      );
    return Promise.resolve();
  }

  /** What was read is seen by the agent at once, and needed by nobody after it. */
  note(_events: readonly RunEvent[]): void {}

  startedTool(): StartedTool | undefined {
    return undefined;
  }

  finishedTool(): FinishedTool | undefined {
    return undefined;
  }

  /** Nothing that people agreed to is done here. */
  decision(): RecordedDecision | undefined {
    return undefined;
  }

  agreedPlans(): readonly RecordedDecision[] {
    return [];
  }

  startedWith(): readonly StartedTool[] {
    return [];
  }

  thoughts(): readonly AgentThought[] {
    return [];
  }
}
