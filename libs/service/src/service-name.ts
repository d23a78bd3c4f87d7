export const SERVICE_NAMES = [
  'gateway',
  'orchestrator',
  'queue-manager',
  'memory-worker',
  'llm-router',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The PostgreSQL schema that a service owns. */
export const schemaOf = (name: ServiceName): string => name.replaceAll('-', '_');

/** The role that does a service's work: owns nothing, sees one tenant at a time. */
export const appRole = (name: ServiceName): string => `baton_${schemaOf(name)}`;

/** The role for relay, sweep, timers, rebuild and the look-up of keys: sees every tenant's rows of its schema. */
export const systemRole = (name: ServiceName): string => `${appRole(name)}_system`;
