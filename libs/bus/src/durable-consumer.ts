import { EVENTS_STREAM } from '@baton/contracts';
import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  type JetStreamManager,
  ReplayPolicy,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

import { isCode } from './streams.js';

/** How long JetStream waits for a word about a message; recovery after a crash waits as long. */
export const ACK_WAIT_MS = 10_000;
/** Deferred messages are pending too: enough for every conversation that is being written in. */
const MAX_ACK_PENDING = 20_000;

/** Creates the durable pull consumer, or brings it to the present settings; its position stays. */
export const ensureDurableConsumer = async (
  manager: JetStreamManager,
  consumer: string,
  subject: string,
): Promise<void> => {
  const tunable = { ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: MAX_ACK_PENDING };
  try {
    const { config } = await manager.consumers.info(EVENTS_STREAM, consumer);
    if (config.filter_subject === subject) {
      if (config.ack_wait === tunable.ack_wait && config.max_ack_pending === MAX_ACK_PENDING) return;
      await manager.consumers.update(EVENTS_STREAM, consumer, tunable);
      return;
    }
    // It reads something else now: begin again, the inbox drops what was done.
    await manager.consumers.delete(EVENTS_STREAM, consumer);
  } catch (error) {
    if (!isCode(error, JetStreamApiCodes.ConsumerNotFound)) throw error;
  }
  await manager.consumers.add(EVENTS_STREAM, {
    ...tunable,
    durable_name: consumer,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    max_deliver: -1,
  });
};

/** Takes a durable away that nobody reads any more; the events it had not brought yet are its successors'. */
export const retireDurableConsumer = async (manager: JetStreamManager, consumer: string): Promise<void> => {
  try {
    await manager.consumers.delete(EVENTS_STREAM, consumer);
  } catch (error) {
    if (!isCode(error, JetStreamApiCodes.ConsumerNotFound)) throw error;
  }
};
