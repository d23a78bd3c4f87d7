import { eventDefinition } from './registry.js';

export interface StoredEventData {
  readonly type: string;
  readonly schema_version: number;
  readonly data: Record<string, unknown>;
}

/** From version n to n + 1 of one event type; total: every old fixture must pass through it. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** `<type>.v<n>` → the step to n + 1. A released version is read for ever. */
export const UPCASTERS: ReadonlyMap<string, Upcaster> = new Map<string, Upcaster>();

/**
 * Brings stored data to the version this code knows. Data of an unknown type or a newer version
 * is returned as it is: `evolve` ignores what it does not know.
 */
export const upcast = (
  stored: StoredEventData,
  upcasters: ReadonlyMap<string, Upcaster> = UPCASTERS,
): StoredEventData => {
  const current = eventDefinition(stored.type)?.version ?? stored.schema_version;
  let { schema_version: version, data } = stored;
  while (version < current) {
    const step = upcasters.get(`${stored.type}.v${version}`);
    if (!step) throw new Error(`No upcaster from ${stored.type} v${version} to v${version + 1}`);
    data = step(data);
    version += 1;
  }
  return { type: stored.type, schema_version: version, data };
};
