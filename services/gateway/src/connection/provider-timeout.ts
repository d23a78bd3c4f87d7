/** Longer than the orchestrator waits for a provider: metadata, registration and one more question, ten seconds each. */
export const PROVIDER_TIMEOUT_MS = 45_000;
