import { BusClient } from '@baton/bus';
import {
  BatonError,
  type DeadLetterRecord,
  deadLetterRequests,
  type DeadLetterState,
  isBatonError,
  type Replayable,
  type RequestContext,
} from '@baton/contracts';
import { SERVICE_NAMES, type ServiceName } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import { decodeSeen, encodeSeen, type LettersSeen } from './dead-letter-cursor.js';
import type { DeadLetterDto, DeadLetterListDto } from './dead-letter.dto.js';

const TIMEOUT_MS = 2_500;
const ID = /^([a-z-]+)-(\d{1,15})$/;

interface Kept {
  readonly service: ServiceName;
  readonly letter: DeadLetterRecord;
}

export interface LetterQuery {
  readonly state?: DeadLetterState | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A tenant's dead letters, wherever they are kept: each service has its own, and answers for that tenant's only. */
@Injectable()
export class DeadLetterHandler {
  constructor(
    private readonly bus: BusClient,
    private readonly effects: IdempotentEffects,
  ) {}

  /**
   * Newest first. A service that does not answer is named, and its letters come on a later page.
   * @throws BatonError `unavailable` where none answers
   */
  async list(ctx: RequestContext, query: LetterQuery): Promise<DeadLetterListDto> {
    const seen = decodeSeen(query.cursor);
    const asked = await Promise.all(SERVICE_NAMES.map((service) => this.ask(ctx, service, query, seen)));
    const unreachable = SERVICE_NAMES.filter((_, index) => asked[index] === undefined);
    if (unreachable.length === SERVICE_NAMES.length)
      throw new BatonError('unavailable', 'No service answers about its dead letters', {
        retryAfterMs: 1000,
      });
    const all = asked.flatMap((kept) => kept ?? []);
    const shown = inOrder(all, query.limit);
    return {
      items: shown.map(viewOf),
      next_cursor: all.length > shown.length ? encodeSeen(lastOf(seen, shown)) : null,
      unreachable,
    };
  }

  /** @throws BatonError `not-found` */
  async get(ctx: RequestContext, id: string): Promise<DeadLetterDto> {
    const { service, number } = placeOf(id);
    const letter = await this.bus.request(
      deadLetterRequests(service).get,
      ctx,
      { number },
      { timeoutMs: TIMEOUT_MS },
    );
    return viewOf({ service, letter });
  }

  /** @throws BatonError `not-found`; `conflict` where something else was asked of it before */
  settle(
    ctx: RequestContext,
    id: string,
    what: 'replay' | 'drop',
    reason: string | null,
  ): Promise<Replayable<DeadLetterDto>> {
    const { service, number } = placeOf(id);
    // Where this process dies between the two, the same again changes nothing there.
    return this.effects.run(ctx, async () => {
      const body = { number, what, reason };
      const { ask } = deadLetterRequests(service);
      return viewOf({ service, letter: await this.bus.request(ask, ctx, body, { timeoutMs: TIMEOUT_MS }) });
    });
  }

  private async ask(
    ctx: RequestContext,
    service: ServiceName,
    { state, limit }: LetterQuery,
    seen: LettersSeen,
  ): Promise<Kept[] | undefined> {
    const before = seen[service];
    try {
      const letters = await this.bus.request(
        deadLetterRequests(service).list,
        ctx,
        { ...(state && { state }), ...(before !== undefined && { before }), limit: limit + 1 },
        { timeoutMs: TIMEOUT_MS },
      );
      return letters.map((letter) => ({ service, letter }));
    } catch (error) {
      if (isBatonError(error) && error.retryable) return undefined;
      throw error;
    }
  }
}

/** The newest of all, but of each service in the order of its numbers: its cursor is one of them. */
const inOrder = (all: readonly Kept[], limit: number): Kept[] => {
  const heads = new Map(
    SERVICE_NAMES.map((service) => [
      service,
      all
        .filter((kept) => kept.service === service)
        .toSorted((a, b) => Number(b.letter.number) - Number(a.letter.number)),
    ]),
  );
  const shown: Kept[] = [];
  while (shown.length < limit) {
    const next = [...heads.values()]
      .flatMap((letters) => letters[0] ?? [])
      .toSorted((a, b) => b.letter.parked_at.localeCompare(a.letter.parked_at))[0];
    if (!next) break;
    heads.get(next.service)?.shift();
    shown.push(next);
  }
  return shown;
};

const lastOf = (seen: LettersSeen, shown: readonly Kept[]): LettersSeen => ({
  ...seen,
  ...Object.fromEntries(shown.map(({ service, letter }) => [service, letter.number])),
});

const viewOf = ({ service, letter: { number, ...letter } }: Kept): DeadLetterDto => ({
  dead_letter_id: `${service}-${number}`,
  service,
  ...letter,
});

/** @throws BatonError `not-found` for what is no id of a letter */
const placeOf = (id: string): { readonly service: ServiceName; readonly number: string } => {
  const [, name, number] = ID.exec(id) ?? [];
  const service = SERVICE_NAMES.find((each) => each === name);
  if (!service || number === undefined) throw new BatonError('not-found', 'There is no such dead letter');
  return { service, number };
};
