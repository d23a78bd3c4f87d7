import { migrateService } from '@baton/service';

import { migrations } from './migrations/index.js';

await migrateService({ name: 'queue-manager', migrations });
