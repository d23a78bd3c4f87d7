import type { Clock } from '@baton/service';
import { SignJWT } from 'jose';

import { Tokens } from './tokens.js';

const SECRET = 'a root secret of sixteen characters or more';

const setUp = (secret = SECRET) => {
  let now = new Date('2026-11-22T10:00:00.000Z');
  const clock = { now: () => now } as Clock;
  return {
    tokens: new Tokens(secret, clock),
    pass: (hours: number) => (now = new Date(now.getTime() + hours * 3_600_000)),
  };
};

describe('tokens', () => {
  it('say whom they are for, each kind its own', async () => {
    const { tokens } = setUp();
    const staff = await tokens.issueStaff('acme', 'agent_ana');
    expect(staff.expires_at).toBe('2026-11-22T22:00:00.000Z');
    expect(await tokens.verify(staff.token)).toEqual({
      kind: 'staff',
      tenantId: 'acme',
      agentId: 'agent_ana',
      expiresAtMs: Date.parse(staff.expires_at),
    });
    const conversation = await tokens.issueConversation('acme', 'conv:1');
    expect(await tokens.verify(conversation.token)).toMatchObject({
      kind: 'conversation',
      tenantId: 'acme',
      conversationId: 'conv:1',
    });
  });

  it('are good for their time only', async () => {
    const { tokens, pass } = setUp();
    const { token } = await tokens.issueStaff('acme', 'agent_ana');
    pass(11.9);
    expect(await tokens.verify(token)).toBeDefined();
    pass(0.2);
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('are worth nothing under another secret, or altered', async () => {
    const { tokens } = setUp();
    const { token } = await tokens.issueStaff('acme', 'agent_ana');
    expect(await setUp('another secret of enough length').tokens.verify(token)).toBeUndefined();
    const [header, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ tid: 'acme', sub: 'admin', exp: 9e9 })).toString('base64url');
    expect(await tokens.verify(`${header}.${forged}.${signature}`)).toBeUndefined();
  });

  it('of one kind never pass for the other', async () => {
    const { tokens } = setUp();
    const { token } = await tokens.issueConversation('acme', 'conv_1');
    const [, payload, signature] = token.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'baton-staff+jwt' })).toString(
      'base64url',
    );
    expect(await tokens.verify(`${header}.${payload}.${signature}`)).toBeUndefined();
  });

  it('are not taken unsigned, nor signed by a stranger', async () => {
    const { tokens } = setUp();
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { tid: 'acme', sub: 'agent_ana', aud: 'baton:staff', iss: 'baton', exp: 9e9 };
    expect(
      await tokens.verify(`${encode({ alg: 'none', typ: 'baton-staff+jwt' })}.${encode(claims)}.`),
    ).toBeUndefined();
    const stranger = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'baton-staff+jwt' })
      .sign(Buffer.alloc(32, 1));
    expect(await tokens.verify(stranger)).toBeUndefined();
    for (const nonsense of ['', 'a.b.c', 'eyJh.eyJh.x', '..'])
      expect(await tokens.verify(nonsense)).toBeUndefined();
  });
});
