import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { configSchema } from './config.js';
import { migrations } from './migrations/index.js';

await runService({
  name: 'memory-worker',
  configSchema,
  migrations,
  module: (config) => AppModule.forRoot(config),
});
