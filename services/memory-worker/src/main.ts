import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { configSchema } from './config.js';

await runService({
  name: 'memory-worker',
  configSchema,
  module: (config) => AppModule.forRoot(config),
});
