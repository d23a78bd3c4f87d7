import type { ConnectionEvent } from '@baton/contracts';
import { DeciderSpecification } from '@baton/testkit';

import type { ConnectionCommand } from './connection.commands.js';
import { connectionDecider } from './connection.decider.js';

const at = '2026-11-22T10:00:00.000Z';
const subject = { connection_id: 'conn_1', provider: 'acme' };
const given = DeciderSpecification.for<
  ConnectionCommand,
  ConnectionEvent,
  ReturnType<typeof connectionDecider.initialState>
>({
  ...connectionDecider,
  evolve: (state, event) => connectionDecider.evolve(state, { ...event, occurred_at: at }),
});

const requested: ConnectionEvent = {
  type: 'connection.requested',
  data: { ...subject, scopes: ['read'], pending_until: '2026-11-22T10:10:00.000Z' },
};
const connected: ConnectionEvent = {
  type: 'connection.connected',
  data: { ...subject, scopes: ['read'], renewable: true, expires_at: null },
};
const expired: ConnectionEvent = {
  type: 'connection.expired',
  data: { ...subject, reason: 'refresh_refused', error: 'invalid_grant' },
};
const failed: ConnectionEvent = {
  type: 'connection.failed',
  data: { ...subject, reason: 'denied', error: null },
};
const revoked: ConnectionEvent = { type: 'connection.revoked', data: { ...subject, at_provider: 'revoked' } };

const connect: ConnectionCommand = { type: 'Connect', scopes: ['read'], renewable: true, expires_at: null };
const expire: ConnectionCommand = { type: 'Expire', reason: 'refresh_refused', error: 'invalid_grant' };
const revoke: ConnectionCommand = { type: 'Revoke', at_provider: 'revoked' };

describe('a connection', () => {
  it('is asked for once', () => {
    const ask: ConnectionCommand = {
      type: 'RequestConnection',
      ...subject,
      scopes: ['read'],
      pending_until: '2026-11-22T10:10:00.000Z',
    };
    given([]).when(ask).then([requested]);
    given([requested]).when(ask).thenThrows({ code: 'conflict' });
  });

  it('comes about while it is pending, and never twice', () => {
    given([requested]).when(connect).then([connected]);
    for (const later of [connected, failed, expired])
      given([requested, ...(later === expired ? [connected] : []), later])
        .when(connect)
        .thenThrows({ code: 'invalid-transition' });
  });

  it('fails while it is pending; what is connected does not fail by a late answer', () => {
    const fail: ConnectionCommand = { type: 'Fail', reason: 'denied', error: null };
    given([requested]).when(fail).then([failed]);
    given([requested, connected]).when(fail).thenThrows({ code: 'invalid-transition' });
  });

  it('expires once, however many find out', () => {
    given([requested, connected]).when(expire).then([expired]);
    given([requested, connected, expired]).when(expire).thenNothing();
    given([requested]).when(expire).thenThrows({ code: 'invalid-transition' });
  });

  it('is revoked in any state, and is not there any more after that', () => {
    for (const history of [
      [requested],
      [requested, connected],
      [requested, failed],
      [requested, connected, expired],
    ])
      given(history).when(revoke).then([revoked]);
    for (const command of [revoke, connect, expire])
      given([requested, connected, revoked]).when(command).thenThrows({ code: 'not-found' });
    given([]).when(revoke).thenThrows({ code: 'not-found' });
  });
});
