import { promptTokens } from '../providers/provider.js';
import type { Requirements } from '../routing/requirements.js';
import type { CompleteBody } from './completion-plan.js';

/** What a call asks of a model; its length is counted only where somebody wants to know. */
export const requirementsOf = (tenantId: string, body: CompleteBody): Requirements => {
  let counted: number | undefined;
  return {
    tenantId,
    tools: (body.tools?.length ?? 0) > 0,
    maxTokens: body.max_tokens ?? 0,
    get inputTokens() {
      return (counted ??= promptTokens({
        messages: body.messages,
        tools: body.tools ?? [],
        outputSchema: body.output_schema ?? null,
        documents: body.documents ?? [],
      }));
    },
  };
};
