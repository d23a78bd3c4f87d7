import { type Actor, type Customer, STAFF_ROLES, type StaffRole } from '@baton/contracts';

export const SCOPES = ['conversations', 'staff', 'workflows', 'analytics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whom a token stands for. */
export type Principal = ApiKeyPrincipal | StaffPrincipal | CustomerPrincipal;

export interface ApiKeyPrincipal {
  readonly kind: 'api_key';
  readonly tenantId: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

export interface StaffPrincipal {
  readonly kind: 'staff';
  readonly tenantId: string;
  readonly agentId: string;
  /** As the queue manager knows it now, not as the token was made. */
  readonly role: StaffRole;
  readonly expiresAtMs: number;
}

/** A browser with a conversation token: the customer of one conversation. */
export interface CustomerPrincipal {
  readonly kind: 'customer';
  readonly tenantId: string;
  readonly conversationId: string;
  /** The person that whoever made the token says it is. */
  readonly customer?: Customer;
  readonly expiresAtMs: number;
}

/** Who the log says did it. */
export const actorOf = (principal: Principal): Actor => {
  switch (principal.kind) {
    case 'api_key':
      return { type: 'api_key', id: principal.keyId };
    case 'staff':
      return { type: 'human_agent', id: principal.agentId, role: principal.role };
    case 'customer':
      return { type: 'customer', id: principal.conversationId };
    default:
      return unknownKind(principal);
  }
};

/** What rate limits and idempotency keys are counted by. */
export const callerOf = (principal: Principal): string => {
  switch (principal.kind) {
    case 'api_key':
      return `api_key:${principal.keyId}`;
    case 'staff':
      return `staff:${principal.agentId}`;
    case 'customer':
      return `customer:${principal.conversationId}`;
    default:
      return unknownKind(principal);
  }
};

/** Each role includes the ones before it. */
export const hasRole = (role: StaffRole, least: StaffRole): boolean =>
  STAFF_ROLES.indexOf(role) >= STAFF_ROLES.indexOf(least);

/** Sees and does everything staff can: a supervisor, or a key that speaks for the whole desk. */
export const isSupervising = (principal: Principal): boolean =>
  principal.kind === 'api_key' || (principal.kind === 'staff' && hasRole(principal.role, 'supervisor'));

const unknownKind = (principal: never): never => {
  throw new Error(`No such principal: ${JSON.stringify(principal)}`);
};
