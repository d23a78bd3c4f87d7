import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the work at hand: it is in every log line, and its trace travels with requests. */
export interface CallContext {
  readonly tenant_id?: string;
  readonly conversation_id?: string;
  readonly request_id?: string;
  /** W3C Trace Context; `trace_id` of the logs is taken from it. */
  readonly traceparent?: string;
}

const storage = new AsyncLocalStorage<CallContext>();

export const currentCallContext = (): CallContext | undefined => storage.getStore();

/** Runs `work` with these fields added to the ones that are known already. */
export const runWithCallContext = <T>(fields: CallContext, work: () => T): T => {
  const outer = storage.getStore();
  return storage.run(outer ? { ...outer, ...fields } : fields, work);
};
