import { CallerToken, ConversationId, Customer, TenantId } from '@baton/contracts';
import { Clock, deriveKey, newId } from '@baton/service';
import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

const ISSUER = 'baton';
const STAFF_TTL_S = 12 * 60 * 60;
const CONVERSATION_TTL_S = 24 * 60 * 60;

/** One kind of token: a key, an audience and a `typ` of its own, so that none passes for another (RFC 8725). */
interface TokenKind {
  readonly typ: string;
  readonly audience: string;
  readonly ttlSeconds: number;
}

const STAFF: TokenKind = { typ: 'baton-staff+jwt', audience: 'baton:staff', ttlSeconds: STAFF_TTL_S };
const CONVERSATION: TokenKind = {
  typ: 'baton-conversation+jwt',
  audience: 'baton:conversation',
  ttlSeconds: CONVERSATION_TTL_S,
};

const Claims = z.object({ tid: TenantId, sub: z.string(), exp: z.number(), cus: Customer.optional() });

export interface IssuedToken {
  readonly token: string;
  readonly expires_at: string;
}

export type VerifiedToken = { readonly tenantId: string; readonly expiresAtMs: number } & (
  | { readonly kind: 'staff'; readonly agentId: string }
  | { readonly kind: 'conversation'; readonly conversationId: string; readonly customer?: Customer }
);

/** Makes and checks staff and conversation tokens: HS256 with keys derived from the root secret. */
@Injectable()
export class Tokens {
  private readonly staffKey: Buffer;
  private readonly conversationKey: Buffer;

  constructor(
    rootSecret: string,
    private readonly clock: Clock,
  ) {
    this.staffKey = deriveKey(rootSecret, 'gateway.token.staff');
    this.conversationKey = deriveKey(rootSecret, 'gateway.token.conversation');
  }

  issueStaff(tenantId: string, agentId: string): Promise<IssuedToken> {
    return this.issue(STAFF, this.staffKey, tenantId, agentId);
  }

  /** With a customer, whoever holds the token writes as that person; they can read it, and not change it. */
  issueConversation(tenantId: string, conversationId: string, customer?: Customer): Promise<IssuedToken> {
    const more = customer && { cus: customer };
    return this.issue(CONVERSATION, this.conversationKey, tenantId, conversationId, more);
  }

  /** Undefined for what is no token of ours, was altered or has expired. */
  async verify(token: string): Promise<VerifiedToken | undefined> {
    const typ = typOf(token);
    if (typ === STAFF.typ) {
      const claims = await this.check(token, STAFF, this.staffKey);
      return claims && CallerToken.safeParse(claims.sub).success
        ? { kind: 'staff', agentId: claims.sub, ...whose(claims) }
        : undefined;
    }
    if (typ === CONVERSATION.typ) {
      const claims = await this.check(token, CONVERSATION, this.conversationKey);
      return claims && ConversationId.safeParse(claims.sub).success
        ? {
            kind: 'conversation',
            conversationId: claims.sub,
            ...(claims.cus && { customer: claims.cus }),
            ...whose(claims),
          }
        : undefined;
    }
    return undefined;
  }

  private async issue(
    kind: TokenKind,
    key: Buffer,
    tenantId: string,
    subject: string,
    more: { readonly cus?: Customer } = {},
  ): Promise<IssuedToken> {
    const issuedAt = Math.floor(this.clock.now().getTime() / 1000);
    const expiresAt = issuedAt + kind.ttlSeconds;
    const token = await new SignJWT({ tid: tenantId, ...more })
      .setProtectedHeader({ alg: 'HS256', typ: kind.typ })
      .setIssuer(ISSUER)
      .setAudience(kind.audience)
      .setSubject(subject)
      .setJti(newId('key'))
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(key);
    return { token, expires_at: new Date(expiresAt * 1000).toISOString() };
  }

  private async check(
    token: string,
    kind: TokenKind,
    key: Buffer,
  ): Promise<z.infer<typeof Claims> | undefined> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: kind.audience,
        typ: kind.typ,
        requiredClaims: ['exp', 'sub', 'tid'],
        currentDate: this.clock.now(),
      });
      return Claims.safeParse(payload).data;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

const whose = (claims: z.infer<typeof Claims>): { tenantId: string; expiresAtMs: number } => ({
  tenantId: claims.tid,
  expiresAtMs: claims.exp * 1000,
});

/** Which kind a token claims to be; not trusted, only used to choose the key it must pass with. */
const typOf = (token: string): unknown => {
  try {
    return decodeProtectedHeader(token).typ;
  } catch {
    return undefined;
  }
};
