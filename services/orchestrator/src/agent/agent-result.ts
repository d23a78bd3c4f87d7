import { type HandoverReason, isBatonError, NO_USAGE, type Usage } from '@baton/contracts';

import type { AgentResult, AgentStep, TriedTool } from './agent.js';

/** What came of the way to an answer or a handover. */
export interface Travelled {
  readonly steps: readonly AgentStep[];
  readonly tried: readonly TriedTool[];
  readonly usage: Usage;
}

export const NOWHERE: Travelled = { steps: [], tried: [], usage: NO_USAGE };

export const finished = (
  text: string,
  confidence: number | null,
  fields: Readonly<Record<string, unknown>>,
  travelled: Travelled,
): AgentResult => ({ text, confidence, sink: 'FINISH', reason: null, note: null, fields, ...travelled });

export const handedOver = (
  reason: HandoverReason,
  note: string | null,
  travelled: Travelled,
): AgentResult => ({
  text: '',
  confidence: null,
  sink: 'HANDOVER',
  reason,
  note,
  fields: {},
  ...travelled,
});

/** A model that refuses, or can't do what is asked, hands over: another try would hear the same, a person may help. */
export const orHandOver = async (
  work: () => Promise<AgentResult>,
  travelled: () => Travelled,
): Promise<AgentResult> => {
  try {
    return await work();
  } catch (error) {
    if (!isBatonError(error, 'model-refused') && !isBatonError(error, 'model-incapable')) throw error;
    return handedOver('agent_decision', error.message, travelled());
  }
};
