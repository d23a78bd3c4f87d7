import { type RequestedHandover, requestedHandover } from '../../tool/builtin/conversation-handover.tool.js';

/** What stands for a confidence that nobody gave: an answer that was given, by a model that did not say how surely. */
export const UNSTATED_CONFIDENCE = 0.7;

/** The fields of a structured output; one that is no object is the field `output`. */
export const fieldsOf = (output: unknown): Readonly<Record<string, unknown>> => {
  if (output === null || output === undefined) return {};
  if (typeof output === 'object' && !Array.isArray(output)) return output as Record<string, unknown>;
  return { output };
};

export const confidenceOf = (
  fields: Readonly<Record<string, unknown>>,
  models: number | null | undefined,
): number | null => {
  const own = fields['confidence'];
  return typeof own === 'number' && Number.isFinite(own) ? own : (models ?? null);
};

/** Set where the output's own `sink` field says HANDOVER. */
export const handoverOf = (fields: Readonly<Record<string, unknown>>): RequestedHandover | undefined =>
  fields['sink'] === 'HANDOVER' ? requestedHandover(fields) : undefined;
