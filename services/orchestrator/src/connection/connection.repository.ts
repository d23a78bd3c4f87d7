import type { Actor, ConnectionEvent } from '@baton/contracts';
import type { EventStore, IdempotencyRecord, Outcome, StreamRef } from '@baton/event-store';

import { connectionDecider } from './connection.decider.js';
import { connectionRow } from './connection.projection.js';
import type { Connection, KnownConnection } from './connection.state.js';

export interface LoadedConnection {
  readonly state: Connection;
  readonly version: number;
}

export interface ConnectionCommit {
  readonly tenantId: string;
  readonly before: LoadedConnection;
  readonly events: readonly ConnectionEvent[];
  readonly now: string;
  readonly actor: Actor;
  readonly idempotency?: readonly IdempotencyRecord[];
  /** Written with the events: tokens, or the authorization under way. */
  readonly rows?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

/** Connections in the log: no secret passes here but sealed. */
export class ConnectionRepository {
  constructor(private readonly store: Pick<EventStore, 'load' | 'transact'>) {}

  load(tenantId: string, connectionId: string): Promise<LoadedConnection> {
    return this.store.load(refOf(tenantId, connectionId), connectionDecider);
  }

  async commit(commit: ConnectionCommit): Promise<Outcome> {
    const { tenantId, before, events, now, actor, idempotency, rows } = commit;
    const state = events.reduce<Connection>(
      (current, event) => connectionDecider.evolve(current, { ...event, occurred_at: now }),
      before.state,
    ) as KnownConnection;
    const version = before.version + events.length;
    return this.store.transact({
      tenantId,
      now,
      ...(idempotency && { idempotency }),
      appends: [
        {
          ref: refOf(tenantId, state.connection_id),
          expectedVersion: before.version,
          events,
          metadata: { actor },
        },
      ],
      rows: { ...rows, connections: [connectionRow(tenantId, state, version)] },
    });
  }
}

const refOf = (tenantId: string, connectionId: string): StreamRef => ({
  tenantId,
  streamType: 'connection',
  streamId: connectionId,
});
