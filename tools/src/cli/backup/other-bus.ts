import { EVENTS_STREAM } from '@baton/contracts';
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

import { CliError } from '../failure.js';

const TIMEOUT_MS = 15_000;

/**
 * What a bus still carries of another life would be taken for news of this one: events that no log has.
 * @throws CliError where it carries any
 */
export const refuseOtherBus = async (natsUrl: string): Promise<void> => {
  const options = { name: 'baton-restore', timeout: TIMEOUT_MS, reconnect: false, maxReconnectAttempts: 0 };
  const nats = await connect({ servers: natsUrl.split(','), ...options }).catch((error: unknown) => {
    throw new CliError(
      `NATS does not let us in (${(error as Error).message}): look at NATS_URL, or leave it out where the services will have an empty one`,
      1,
      { cause: error },
    );
  });
  try {
    const { state } = await (await jetstreamManager(nats, { checkAPI: false })).streams.info(EVENTS_STREAM);
    if (state.messages > 0)
      throw new CliError(
        `NATS still carries ${state.messages} events of another life: remove its streams (nats stream rm ${EVENTS_STREAM}), or give the services an empty one`,
      );
  } catch (error) {
    const isGone =
      error instanceof JetStreamApiError &&
      (error.code as JetStreamApiCodes) === JetStreamApiCodes.StreamNotFound;
    if (!isGone) throw error;
  } finally {
    await nats.close();
  }
};
