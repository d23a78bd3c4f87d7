/** What a workflow may name that is not in its file. */
export interface WorkflowCatalog {
  readonly tools: { has(name: string): boolean };
  readonly agents: ReadonlySet<string>;
  knowsModel(name: string): boolean;
}

const TIERS: readonly string[] = ['fast', 'smart', 'embedding'];

/** A tier, or a name as `openai/gpt-5-mini` or `ollama/llama3.2:3b`; the router says whether it is configured. */
export const isModelName = (name: string): boolean =>
  TIERS.includes(name) || /^[a-z0-9][\w.-]*\/[\w.:@/-]+$/i.test(name);
