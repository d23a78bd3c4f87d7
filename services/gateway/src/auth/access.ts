import { BatonError, DEFAULT_TENANT, type StaffRole } from '@baton/contracts';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';

import { problems } from '../problem/problem.dto.js';
import { hasRole, type Principal, type Scope } from './principal.js';

/** Who may call a route; said once, at the route, and read by the check, the OpenAPI document and docs/reference/routes.md. */
export interface Access {
  /** An API key needs one of these; none: it is for people. */
  readonly scopes: readonly Scope[];
  /** Only keys of the tenant that makes the others. */
  readonly defaultTenantOnly?: boolean;
  /** Least role of a staff token; absent: no staff token. */
  readonly staff?: StaffRole;
  /** A conversation token, for the conversation that `:id` names (or the body, where there is no `:id`). */
  readonly customer?: boolean;
}

export const ACCESS = Symbol.for('baton.access');

/** Declares who may call a route. A route of the API without it is closed to everyone. */
export const Allow = (access: Access): MethodDecorator =>
  applyDecorators(
    (target: object, key: string | symbol) => Reflect.defineMetadata(ACCESS, access, target, key),
    RouteConfig({ access }),
    ApiBearerAuth(),
    problems('unauthenticated', 'forbidden', 'too-many-requests', 'unavailable'),
  );

/** @throws BatonError `forbidden`, saying what would be needed */
export const requireAccess = (access: Access, principal: Principal, conversationId?: string): void => {
  switch (principal.kind) {
    case 'api_key':
      if (access.defaultTenantOnly && principal.tenantId !== DEFAULT_TENANT)
        throw forbidden(`Only the tenant "${DEFAULT_TENANT}" may do this`);
      if (access.scopes.length === 0) throw forbidden('API keys may not do this: it needs a staff token');
      if (!access.scopes.some((scope) => principal.scopes.includes(scope)))
        throw forbidden(`This needs an API key with the scope ${access.scopes.join(' or ')}`);
      return;
    case 'staff':
      if (access.staff === undefined) throw forbidden('Staff tokens may not do this');
      if (!hasRole(principal.role, access.staff)) throw forbidden(`This needs the role ${access.staff}`);
      return;
    case 'customer':
      if (!access.customer) throw forbidden('Conversation tokens may not do this');
      if (conversationId !== undefined && conversationId !== principal.conversationId)
        throw forbidden('This token is for another conversation');
      return;
    default:
      return principal satisfies never;
  }
};

export const forbidden = (message: string): BatonError => new BatonError('forbidden', message);
