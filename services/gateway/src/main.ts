import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { gatewayConfigSchema } from './config.js';
import { setUpHttp } from './http/set-up-http.js';
import { MIGRATIONS } from './migrations/index.js';

await runService({
  name: 'gateway',
  configSchema: gatewayConfigSchema,
  migrations: MIGRATIONS,
  module: (config) => AppModule.forRoot(config),
  http: setUpHttp,
});
