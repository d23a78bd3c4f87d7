import { isSupervising, type Principal } from '../auth/principal.js';

/** Whom a staff stream is for. */
export interface StaffViewer {
  readonly tenantId: string;
  /** Null for an API key, which speaks for the whole desk. */
  readonly agentId: string | null;
  readonly isSupervising: boolean;
}

export const staffViewerOf = (principal: Principal): StaffViewer => ({
  tenantId: principal.tenantId,
  agentId: principal.kind === 'staff' ? principal.agentId : null,
  isSupervising: isSupervising(principal),
});
