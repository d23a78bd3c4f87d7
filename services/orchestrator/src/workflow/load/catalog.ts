/** What a workflow may name that is not in its file. */
export interface WorkflowCatalog {
  readonly tools: { has(name: string): boolean };
  readonly agents: ReadonlySet<string>;
  knowsModel(name: string): boolean;
}

const TIERS: readonly string[] = ['fast', 'smart', 'embedding'];

/** Those that the router speaks to; `tier` is one that its own file names. */
const PROVIDERS: readonly string[] = ['openai', 'anthropic', 'offline', 'tier'];

/** A tier, or a name as `openai/gpt-5-mini`; the router says whether its provider is configured. */
export const isModelName = (name: string): boolean =>
  TIERS.includes(name) || PROVIDERS.some((provider) => isModelOf(provider, name));

const isModelOf = (provider: string, name: string): boolean =>
  name.startsWith(`${provider}/`) && /^\w[\w.:@/-]*$/.test(name.slice(provider.length + 1));
