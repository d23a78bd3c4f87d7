import { BatonError } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { ApiKeys } from '../api-key/api-keys.js';
import { Tokens } from '../token/tokens.js';
import type { Principal } from './principal.js';
import { StaffRoles } from './staff-roles.js';

/** Three base64url parts: what a JWT looks like, and what none of our own API keys does. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const BEARER = /^Bearer +([^\s]+) *$/i;

/** Says whom a request comes from. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly tokens: Tokens,
    private readonly roles: StaffRoles,
  ) {}

  /** @throws BatonError `unauthenticated` where there is no token, or none that is valid now */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined)
      throw unauthenticated('This needs a token: Authorization: Bearer <token>');
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw unauthenticated('The Authorization header is not "Bearer <token>"');
    const principal =
      (JWT.test(token) ? await this.ofJwt(token) : undefined) ?? (await this.apiKeys.find(token));
    if (!principal) throw unauthenticated('The token is not valid, or no longer');
    return principal;
  }

  private async ofJwt(token: string): Promise<Principal | undefined> {
    const verified = await this.tokens.verify(token);
    if (!verified) return undefined;
    const { tenantId, expiresAtMs } = verified;
    if (verified.kind === 'conversation') {
      const { conversationId, customer } = verified;
      return { kind: 'customer', tenantId, conversationId, expiresAtMs, ...(customer && { customer }) };
    }
    const role = await this.roles.of(tenantId, verified.agentId);
    return role && { kind: 'staff', tenantId, agentId: verified.agentId, role, expiresAtMs };
  }
}

const unauthenticated = (message: string): BatonError => new BatonError('unauthenticated', message);
