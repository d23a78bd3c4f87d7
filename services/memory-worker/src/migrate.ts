import { migrateService } from '@baton/service';

import { MemoryWorkerTables1763800000000 } from './migrations/memory-worker-tables.js';

await migrateService({ name: 'memory-worker', migrations: [MemoryWorkerTables1763800000000] });
