import type { ChatMessage } from '@baton/contracts';

import type { AgentThought } from '../../tool/run-journal.port.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { AgentStep, TriedTool } from '../agent.js';
import { section } from '../prompt/untrusted.js';

export type AgentToolCall = AgentThought['tool_calls'][number];

const LONGEST_OUTCOME = 200;

/** What an agent has thought, done and seen: as the model reads it, as the step shows it, as a person is told it. */
export class Transcript {
  private readonly said: ChatMessage[] = [];
  private readonly rounds: { thought: string; actions: AgentStep['actions'][number][] }[] = [];
  private readonly attempts: TriedTool[] = [];

  constructor(private readonly opening: readonly ChatMessage[]) {}

  get messages(): readonly ChatMessage[] {
    return [...this.opening, ...this.said];
  }

  get steps(): readonly AgentStep[] {
    return this.rounds;
  }

  get tried(): readonly TriedTool[] {
    return this.attempts;
  }

  think({ text, tool_calls }: AgentThought): void {
    this.rounds.push({ thought: text, actions: [] });
    this.said.push({
      role: 'assistant',
      content: text,
      ...(tool_calls.length > 0 && {
        tool_calls: tool_calls.map(({ id, tool, args }) => ({ id, name: tool, args })),
      }),
    });
  }

  /** A model that gave nothing to work with is told so. */
  correct(hint: string): void {
    this.said.push({ role: 'user', content: hint });
  }

  observe(call: AgentToolCall, observation: unknown): void {
    this.rounds.at(-1)?.actions.push({ tool: call.tool, args: call.args, observation });
    this.said.push({
      role: 'tool',
      tool_call_id: call.id,
      content: section('tool_result', JSON.stringify(observation), call.tool),
    });
  }

  observeOutcome(call: AgentToolCall, outcome: ToolOutcome): void {
    this.observe(call, observationOf(outcome));
    this.attempts.push({ tool: call.tool, outcome: told(outcome) });
  }
}

const observationOf = (outcome: ToolOutcome): unknown => {
  switch (outcome.kind) {
    case 'result':
      return outcome.editedArgs === undefined
        ? outcome.value
        : { a_person_changed_the_arguments_to: outcome.editedArgs, result: outcome.value };
    case 'error':
    case 'disconnected':
      return { error: outcome.error };
    case 'unsettled':
      return { error: { code: 'unsettled', message: outcome.note } };
  }
};

const told = (outcome: ToolOutcome): string => {
  switch (outcome.kind) {
    case 'result':
      return shortened(JSON.stringify(outcome.value));
    case 'error':
    case 'disconnected':
      return shortened(`${outcome.error.code}: ${outcome.error.message}`);
    case 'unsettled':
      return 'begun, not known whether it was done';
  }
};

const shortened = (text: string): string =>
  text.length > LONGEST_OUTCOME ? `${text.slice(0, LONGEST_OUTCOME).toWellFormed()}…` : text;
