import type { StoredLetter } from '@baton/event-store';
import { SERVICE_NAMES, type ServiceName } from '@baton/service/roles';

/** Where a letter is kept: in a service's table, or, where a message could not even be read, only on the bus. */
export type LetterId =
  | { readonly kept: 'table'; readonly service: ServiceName; readonly row: string }
  | { readonly kept: 'bus'; readonly sequence: number };

/** A letter as it is listed, wherever it is kept. */
export interface Letter {
  readonly id: string;
  readonly state: 'open' | 'pending' | 'settled';
  readonly consumer: string;
  readonly tenant_id: string;
  readonly stream_type: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  readonly parked_at: string;
  /** Later events of its stream, which its consumer has not handled either; null where that is not known. */
  readonly waiting: number | null;
  readonly asked: {
    readonly what: 'replay' | 'drop';
    readonly by: string;
    readonly reason: string | null;
    readonly at: string;
  } | null;
  readonly outcome: string | null;
}

export const parseLetterId = (text: string): LetterId | undefined => {
  // The API writes it with a hyphen.
  const [, place, number] = /^([a-z-]+)[/-](\d{1,15})$/.exec(text) ?? [];
  if (place === undefined || number === undefined) return undefined;
  if (place === 'bus') return { kept: 'bus', sequence: Number(number) };
  const service = SERVICE_NAMES.find((name) => name === place);
  return service && { kept: 'table', service, row: number };
};

export const formatLetterId = (id: LetterId): string =>
  id.kept === 'bus' ? `bus/${id.sequence}` : `${id.service}/${id.row}`;

export const letterOf = (
  service: ServiceName,
  stored: StoredLetter,
  lastVersion: number | undefined,
): Letter => ({
  id: formatLetterId({ kept: 'table', service, row: stored.dead_letter_id }),
  state: stored.asked === null ? 'open' : stored.settled_at === null ? 'pending' : 'settled',
  consumer: stored.consumer,
  tenant_id: stored.tenant_id,
  stream_type: stored.stream_type,
  stream_id: stored.stream_id,
  version: stored.version,
  type: stored.type,
  reason: stored.reason,
  attempts: stored.attempts,
  parked_at: stored.parked_at.toISOString(),
  waiting: lastVersion === undefined ? null : Math.max(0, lastVersion - stored.version),
  asked:
    stored.asked === null
      ? null
      : {
          what: stored.asked,
          by: stored.asked_by ?? '',
          reason: stored.asked_reason,
          at: stored.asked_at?.toISOString() ?? '',
        },
  outcome: stored.outcome,
});
