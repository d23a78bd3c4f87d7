import type {
  agentThought,
  EventOf,
  RunEvent,
  runDecisionRecorded,
  toolFinished,
  toolStarted,
} from '@baton/contracts';

export type StartedTool = EventOf<typeof toolStarted>['data'];
export type FinishedTool = EventOf<typeof toolFinished>['data'];
/** What people, or time, said to an action that was asked for. */
export type RecordedDecision = EventOf<typeof runDecisionRecorded>['data'];
export type AgentThought = EventOf<typeof agentThought>['data'];

/** A run's own log, as its nodes write it and find in it what an earlier worker had done. */
export interface RunJournal {
  /**
   * Resolves once the events are in the log, those that were noted before them first.
   * @throws BatonError `stale-owner` where another worker goes on with the run
   */
  append(events: readonly RunEvent[]): Promise<void>;
  /**
   * Keeps events to be written by the next append, at the latest with the end of their step: for what may be
   * done again after a crash (a read, an answer that is paid for and kept by its call id), so that it costs
   * no commit of its own. The look-ups see them at once.
   */
  note(events: readonly RunEvent[]): void;
  startedTool(nodeId: string, callId: string): StartedTool | undefined;
  finishedTool(nodeId: string, callId: string): FinishedTool | undefined;
  /** What was decided on a call of this node; undefined where nobody was asked. */
  decision(nodeId: string, callId: string): RecordedDecision | undefined;
  /** Every plan of this run that people agreed to: its steps may be done, each once. */
  agreedPlans(): readonly RecordedDecision[];
  /** Calls that began with an approval. */
  startedWith(approvalId: string): readonly StartedTool[];
  /** What the models of a node have answered so far, by iteration. */
  thoughts(nodeId: string): readonly AgentThought[];
}
