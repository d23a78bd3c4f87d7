import { BatonError, type ConnectionEvent } from '@baton/contracts';
import type { Decider, Stamped } from '@baton/event-store';

import type { ConnectionCommand } from './connection.commands.js';
import type { Connection, KnownConnection } from './connection.state.js';

const initialState = (): Connection => ({ status: 'NONE' });

const decide = (command: ConnectionCommand, state: Connection): readonly ConnectionEvent[] => {
  if (command.type === 'RequestConnection') {
    const { type: _, scopes, ...asked } = command;
    if (state.status !== 'NONE') throw new BatonError('conflict', 'There is such a connection already');
    return [{ type: 'connection.requested', data: { ...asked, scopes: [...scopes] } }];
  }
  if (state.status === 'NONE' || state.status === 'REVOKED') throw noSuchConnection();
  const { connection_id, provider } = state;
  switch (command.type) {
    case 'Connect': {
      const { scopes, renewable, expires_at } = command;
      mustBe(state, 'PENDING');
      return [
        {
          type: 'connection.connected',
          data: { connection_id, provider, scopes: [...scopes], renewable, expires_at },
        },
      ];
    }
    case 'Fail': {
      const { reason, error } = command;
      mustBe(state, 'PENDING');
      return [{ type: 'connection.failed', data: { connection_id, provider, reason, error } }];
    }
    case 'Expire': {
      const { reason, error } = command;
      // Found out by two at once: it expires once.
      if (state.status === 'EXPIRED') return [];
      mustBe(state, 'CONNECTED');
      return [{ type: 'connection.expired', data: { connection_id, provider, reason, error } }];
    }
    case 'Revoke':
      return [
        {
          type: 'connection.revoked',
          data: { connection_id, provider, at_provider: command.at_provider },
        },
      ];
    default: {
      const unknown: never = command;
      return unknown;
    }
  }
};

const evolve = (state: Connection, event: Stamped<ConnectionEvent>): Connection => {
  if (event.type === 'connection.requested') {
    if (state.status !== 'NONE') return state;
    const at = event.occurred_at;
    return {
      ...event.data,
      status: 'PENDING',
      renewable: false,
      reason: null,
      created_at: at,
      connected_at: null,
      updated_at: at,
    };
  }
  if (state.status === 'NONE') return state;
  const now: KnownConnection = { ...state, updated_at: event.occurred_at };
  switch (event.type) {
    case 'connection.connected': {
      const { scopes, renewable } = event.data;
      return { ...now, status: 'CONNECTED', scopes, renewable, connected_at: event.occurred_at };
    }
    case 'connection.failed':
      return { ...now, status: 'FAILED', reason: event.data.reason };
    case 'connection.expired':
      return { ...now, status: 'EXPIRED', reason: event.data.reason, renewable: false };
    case 'connection.revoked':
      return { ...now, status: 'REVOKED', renewable: false };
    default:
      return state;
  }
};

const mustBe = (state: KnownConnection, status: KnownConnection['status']): void => {
  if (state.status !== status)
    throw new BatonError('invalid-transition', `The connection is ${state.status}`, {
      details: { state: state.status },
    });
};

export const noSuchConnection = (): BatonError => new BatonError('not-found', 'There is no such connection');

/** What a connection may become: PENDING → CONNECTED or FAILED → EXPIRED → REVOKED, which is the end of each. */
export const connectionDecider: Decider<ConnectionCommand, ConnectionEvent, Connection> = {
  initialState,
  decide,
  evolve,
};
