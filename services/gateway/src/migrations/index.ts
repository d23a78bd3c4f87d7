import { GatewayTables1763800000000 } from './1-gateway-tables.js';
import { Webhooks1763816400000 } from './1763816400000-webhooks.js';

/** Oldest first. */
export const MIGRATIONS = [GatewayTables1763800000000, Webhooks1763816400000];
