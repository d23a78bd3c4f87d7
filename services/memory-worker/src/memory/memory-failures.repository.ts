import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** What the consumer of turns could not do for a conversation. */
export interface MemoryFailures {
  /** Its stream is parked: nothing of it is remembered until a person lets it go. */
  readonly isParked: boolean;
  /** Versions of the events that a person dropped. */
  readonly dropped: readonly number[];
}

/** Reads dead letters of one conversation. */
@Injectable()
export class MemoryFailuresRepository {
  constructor(private readonly database: Database) {}

  of(tenantId: string, conversationId: string, consumer: string): Promise<MemoryFailures> {
    return this.database.tenant(tenantId, async (tenant) => {
      const [row] = await tenant.query<{ parked: boolean; dropped: number[] }>(
        `SELECT EXISTS (SELECT 1 FROM handler_failures WHERE tenant_id = $1 AND consumer = $2
                           AND stream_type = 'conversation' AND stream_id = $3 AND parked) AS parked,
                ARRAY(SELECT DISTINCT version FROM dead_letters WHERE tenant_id = $1 AND consumer = $2
                         AND stream_type = 'conversation' AND stream_id = $3 AND asked = 'drop' AND version > 0) AS dropped`,
        [tenantId, consumer, conversationId],
      );
      return { isParked: row?.parked ?? false, dropped: row?.dropped ?? [] };
    });
  }
}
