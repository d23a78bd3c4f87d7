import { eventDefinition, type RecordedEvent } from '@baton/contracts';

import { isWithheld } from '../withheld.js';

/**
 * Refuses what no handler of this build may guess at: an event of a newer schema, and one that is larger than
 * a message. It is counted like any failure, so its stream is parked here and the others go on.
 * @throws Error naming what must be done before it is replayed
 */
export const refuseUnreadable = (event: RecordedEvent): void => {
  const known = eventDefinition(event.type)?.version;
  if (known !== undefined && event.schema_version > known) {
    throw new Error(
      `${event.type} v${event.schema_version} is newer than this build knows (v${known}): deploy, then replay`,
    );
  }
  if (isWithheld(event.data)) {
    throw new Error(
      `${event.type} of ${event.data.$withheld} bytes fits into no message: raise max_payload of NATS, then replay`,
    );
  }
};
