import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { configSchema } from './config.js';

await runService({ name: 'orchestrator', configSchema, module: (config) => AppModule.for(config) });
