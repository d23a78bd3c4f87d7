import { setTimeout as delay } from 'node:timers/promises';

import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';

/** What a new leader of a replicated stream may need until it shows all that its followers acknowledged. */
const LEADER_MS = 1_000;

/** A message that JetStream said it has. */
export interface StoredPlace {
  readonly sequence: number;
  /** Its `Nats-Msg-Id`; undefined where only the stream's end was seen. */
  readonly messageId?: string;
}

/** How far a stream has come in its present life, as far as this process was told. */
export class StreamProgress {
  private furthest: StoredPlace | undefined;
  private fromBeforeReconnection: StoredPlace | undefined;

  reached(place: StoredPlace): void {
    if (place.sequence > (this.furthest?.sequence ?? 0)) this.furthest = place;
  }

  /** The server may have come back with less: what was known until now is what it is to be asked for. */
  reconnected(): void {
    this.fromBeforeReconnection ??= this.furthest;
  }

  /** What the stream must still hold. */
  get owed(): StoredPlace | undefined {
    return this.fromBeforeReconnection ?? this.furthest;
  }

  /** The stream has what it owed. */
  found(place: StoredPlace | undefined): void {
    if (this.fromBeforeReconnection === place) this.fromBeforeReconnection = undefined;
  }

  /** Another life: its numbers begin again. */
  beginAgain(): void {
    this.furthest = undefined;
    this.fromBeforeReconnection = undefined;
  }
}

/**
 * Whether a stream of the same name and age no longer has what it acknowledged: JetStream syncs after it acknowledges (always
 * before 2.10, later unless `sync_interval: always`), so behind a power cut it goes on from an older state and gives
 * the numbers that were lost to other messages. What has been removed at the stream's beginning is no loss.
 *
 * @param info asked for after `owed` was acknowledged
 */
export const hasGoneBack = async (
  manager: JetStreamManager,
  info: StreamInfo,
  owed: StoredPlace,
): Promise<boolean> => {
  if (!(await lacks(manager, info, owed))) return false;
  if (info.config.num_replicas === 1) return true;
  await delay(LEADER_MS);
  return lacks(manager, await manager.streams.info(info.config.name), owed);
};

const lacks = async (
  manager: JetStreamManager,
  { config, state }: StreamInfo,
  { sequence, messageId }: StoredPlace,
): Promise<boolean> => {
  if (state.last_seq < sequence) return true;
  if (messageId === undefined || sequence < state.first_seq) return false;
  const found = await manager.streams.getMessage(config.name, { seq: sequence });
  return found?.header.get('Nats-Msg-Id') !== messageId;
};
