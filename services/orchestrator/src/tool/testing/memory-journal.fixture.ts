import type { RunEvent } from '@baton/contracts';

import type {
  AgentThought,
  FinishedTool,
  RecordedDecision,
  RunJournal,
  StartedTool,
} from '../run-journal.port.js';

type DataOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>['data'];

/** A run's log in memory: what was appended is durable, what was only noted dies with this object. */
export class MemoryJournal implements RunJournal {
  private noted: RunEvent[] = [];
  /** Called before each append; may throw, as a crash or a lost run does. */
  beforeAppend: (events: readonly RunEvent[]) => void = () => undefined;

  constructor(readonly durable: RunEvent[] = []) {}

  async append(events: readonly RunEvent[]): Promise<void> {
    await Promise.resolve();
    this.beforeAppend(events);
    this.durable.push(...this.noted, ...events);
    this.noted = [];
  }

  note(events: readonly RunEvent[]): void {
    this.noted.push(...events);
  }

  get everything(): readonly RunEvent[] {
    return [...this.durable, ...this.noted];
  }

  get waiting(): readonly RunEvent[] {
    return this.noted;
  }

  startedTool(nodeId: string, callId: string): StartedTool | undefined {
    return this.dataOf('run.tool_started').find((data) => data.node_id === nodeId && data.call_id === callId);
  }

  finishedTool(nodeId: string, callId: string): FinishedTool | undefined {
    return this.dataOf('run.tool_finished').find(
      (data) => data.node_id === nodeId && data.call_id === callId,
    );
  }

  decision(nodeId: string, callId: string): RecordedDecision | undefined {
    return this.dataOf('run.decision_recorded').findLast(
      (data) => data.node_id === nodeId && data.call_id === callId,
    );
  }

  agreedPlans(): readonly RecordedDecision[] {
    return this.dataOf('run.decision_recorded').filter(
      ({ kind, decision }) => kind === 'plan' && decision === 'APPROVED',
    );
  }

  startedWith(approvalId: string): readonly StartedTool[] {
    return this.dataOf('run.tool_started').filter(({ approval_id }) => approval_id === approvalId);
  }

  thoughts(nodeId: string): readonly AgentThought[] {
    return this.dataOf('run.agent_thought').filter((data) => data.node_id === nodeId);
  }

  private dataOf<T extends RunEvent['type']>(type: T): DataOf<T>[] {
    return this.everything.filter((event) => event.type === type).map((event) => event.data as DataOf<T>);
  }
}
