import { GatewayTables1763800000000 } from './1-gateway-tables.js';
import { Webhooks1763816400000 } from './1763816400000-webhooks.js';
import { Audit1763830800000 } from './1763830800000-audit.js';

/** Oldest first. */
export const MIGRATIONS = [GatewayTables1763800000000, Webhooks1763816400000, Audit1763830800000];
