import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { configSchema } from './config.js';

await runService({
  name: 'llm-router',
  configSchema,
  module: (config) => AppModule.forRoot(config),
});
