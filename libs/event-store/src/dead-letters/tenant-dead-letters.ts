import { BusClient } from '@baton/bus';
import { BatonError, type DeadLetterRecord, type DeadLetterState, subjects } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { DeadLetters, RELAY_CONSUMER, type Request, type StoredLetter } from './dead-letters.js';

/**
 * The dead letters of one tenant in this service, for its own administrators: every statement runs as the role that
 * sees that tenant's rows only. All tenants' are the matter of `npm run dlq`.
 */
@Injectable()
export class TenantDeadLetters {
  constructor(
    private readonly database: Database,
    private readonly bus: BusClient,
  ) {}

  /** Newest first. */
  async list(
    tenantId: string,
    page: {
      readonly state?: DeadLetterState | undefined;
      readonly before?: string | undefined;
      readonly limit: number;
    },
  ): Promise<DeadLetterRecord[]> {
    return (await this.of(tenantId).page({ tenantId, ...page })).map(recordOf);
  }

  /** @throws BatonError `not-found` */
  async get(tenantId: string, number: string): Promise<DeadLetterRecord> {
    return recordOf(await this.stored(tenantId, number));
  }

  /**
   * Journals the request and lets the stream go; its consumer takes it on soon after. The same again, by the same
   * person, changes nothing.
   * @throws BatonError `not-found`; `conflict` where something else was asked before
   */
  async ask(tenantId: string, number: string, request: Request): Promise<DeadLetterRecord> {
    const letters = this.of(tenantId);
    const before = await this.stored(tenantId, number);
    const isFirst =
      before.asked === null &&
      (before.consumer === RELAY_CONSUMER
        ? await letters.askRelay(before, request)
        : await letters.ask(before, request));
    const letter = await this.stored(tenantId, number);
    if (!isFirst && !isSame(letter, request))
      throw new BatonError('conflict', `${letter.asked_by ?? 'Somebody'} has asked for something already`);
    // Also where it was asked before: the poke may be what was lost.
    this.bus.publish(subjects.deadLetterPoke, {});
    return recordOf(letter);
  }

  private async stored(tenantId: string, number: string): Promise<StoredLetter> {
    const [letter] = await this.of(tenantId).list({ tenantId, id: number, all: true }, 1);
    if (!letter) throw new BatonError('not-found', 'There is no such dead letter');
    return letter;
  }

  private of(tenantId: string): DeadLetters {
    const { database } = this;
    return new DeadLetters({
      schema: database.schema,
      system: <Row extends object>(sql: string, params: readonly unknown[] = []) =>
        database.tenant(tenantId, (q) => q.query<Row>(sql, params)),
      // Sets its tenant itself: the letter's, which is this one.
      hot: (sql, params) => database.hot(sql, params),
    });
  }
}

const isSame = (letter: StoredLetter, { kind, by, reason }: Request): boolean =>
  letter.asked === kind && letter.asked_by === by && letter.asked_reason === reason;

const recordOf = (letter: StoredLetter): DeadLetterRecord => ({
  number: letter.dead_letter_id,
  state: letter.asked === null ? 'open' : letter.settled_at === null ? 'pending' : 'settled',
  consumer: letter.consumer,
  stream_type: letter.stream_type,
  stream_id: letter.stream_id,
  version: letter.version,
  type: letter.type,
  reason: letter.reason,
  attempts: letter.attempts,
  parked_at: letter.parked_at.toISOString(),
  asked:
    letter.asked === null || letter.asked_at === null
      ? null
      : {
          what: letter.asked,
          by: letter.asked_by ?? '',
          reason: letter.asked_reason,
          at: letter.asked_at.toISOString(),
        },
  settled_at: letter.settled_at?.toISOString() ?? null,
  outcome: letter.outcome,
});
