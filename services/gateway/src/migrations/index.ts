import { GatewayTables1763800000000 } from './1-gateway-tables.js';

/** Oldest first. */
export const MIGRATIONS = [GatewayTables1763800000000];
