import { llmCallRecorded, type RecordedEvent } from '@baton/contracts';

/** What one call of a model adds to its conversation. */
export interface ModelCallCost {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly model: string;
  readonly cost_usd: string;
}

/** Nothing where the event is no call, or the call was made for no conversation. */
export const modelCallCosts = (event: RecordedEvent): ModelCallCost[] => {
  if (event.type !== llmCallRecorded.type) return [];
  const call = llmCallRecorded.schema.safeParse(event.data);
  if (!call.success || call.data.conversation_id === null) return [];
  const { conversation_id, model, cost_usd } = call.data;
  return [{ tenant_id: event.tenant_id, conversation_id, model, cost_usd }];
};
