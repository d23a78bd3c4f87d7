import { migrateService } from '@baton/service';

import { migrations } from './migrations/index.js';

await migrateService({ name: 'memory-worker', migrations });
