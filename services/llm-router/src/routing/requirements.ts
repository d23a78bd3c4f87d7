import type { RouteCondition } from '../models-file/model-settings.js';
import type { ModelCapabilities } from '../providers/provider.js';

/** What a call asks of the model that answers it. */
export interface Requirements {
  readonly tenantId: string;
  readonly tools: boolean;
  /** About how long the prompt is. */
  readonly inputTokens: number;
  readonly maxTokens: number;
}

/** Whether a tier's condition lets its model answer this call. */
export const fits = (when: RouteCondition | undefined, call: Requirements): boolean =>
  when === undefined ||
  ((when.tenants === undefined || when.tenants.includes(call.tenantId)) &&
    (when.tools === undefined || when.tools === call.tools) &&
    (when.max_input_tokens === undefined || call.inputTokens <= when.max_input_tokens) &&
    (when.min_input_tokens === undefined || call.inputTokens >= when.min_input_tokens));

/** Whether the model itself can: it would refuse, or forget the beginning. */
export const isCapable = (model: ModelCapabilities, call: Requirements): boolean =>
  (model.toolCalls || !call.tools) && call.inputTokens + call.maxTokens <= model.contextWindow;
