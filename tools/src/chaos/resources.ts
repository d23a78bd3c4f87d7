import { readFileSync } from 'node:fs';

import type { ServiceProcess } from '@baton/system';

/** Resident megabytes by process. */
export type ResidentMemory = Readonly<Record<string, number>>;

/** What each process holds now; one that does not run holds nothing. */
export const memoryOf = (services: readonly ServiceProcess[]): ResidentMemory =>
  Object.fromEntries(
    services.map((service, place) => {
      try {
        const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
        return [`${service.name}-${place}`, Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024)];
      } catch {
        return [`${service.name}-${place}`, 0];
      }
    }),
  );
