import type { ServiceName } from '@baton/system';

/** What a service's image holds beside its code and its packages, by where it lies in the checkout. */
export const FILES: Readonly<Record<ServiceName, readonly string[]>> = {
  gateway: ['apps/desk/dist', 'apps/widget/dist'],
  orchestrator: ['config'],
  'queue-manager': [],
  'memory-worker': ['config'],
  'llm-router': ['config', 'services/llm-router/prices.json'],
};
