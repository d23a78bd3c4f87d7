import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { configSchema } from './config.js';

await runService({
  name: 'queue-manager',
  configSchema,
  module: (config) => AppModule.forRoot(config),
});
