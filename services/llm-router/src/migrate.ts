import { migrateService } from '@baton/service';

import { migrations } from './migrations/index.js';

await migrateService({ name: 'llm-router', migrations });
