import { migrateService } from '@baton/service';

import { MIGRATIONS } from './migrations/index.js';

await migrateService({ name: 'gateway', migrations: MIGRATIONS });
