export { backoffMs, type BackoffOptions } from './backoff.js';
export {
  BusClient,
  type ConsumerLag,
  type BusOptions,
  type GatedCall,
  type RequestCallOptions,
  type RequestGate,
} from './bus-client.js';
export { BusModule } from './bus.module.js';
export { type CallContext, currentCallContext, runWithCallContext } from './call-context.js';
export { decodeEvent, type EncodedEvent, encodeEvent, UndecodableEventError } from './cloud-events.js';
export { BusConnection } from './connection.js';
export type { DeadLetter } from './dead-letter.js';
export {
  type BusRequest,
  defer,
  type Deferral,
  type Delivery,
  type EventsOptions,
  HandleEvents,
  HandleRequest,
} from './decorators.js';
export type { BusObserver, EventOutcome } from './observer.js';
export { dedupWindowMs, type EpochListener, StreamKeeper } from './streams.js';
export { type Durable, durablesOf } from './durables.js';
export { type BusTracer } from './tracer.js';
export { BatonTransport } from './transport.js';
