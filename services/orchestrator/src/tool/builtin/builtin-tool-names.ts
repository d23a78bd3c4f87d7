/** The tools that every Baton has, for whoever checks a workflow without running one. */
export const BUILTIN_TOOL_NAMES: ReadonlySet<string> = new Set([
  'conversation.handover',
  'http.request',
  'knowledge.search',
  'memory.search',
  'orders.lookup',
  'orders.refund',
]);
