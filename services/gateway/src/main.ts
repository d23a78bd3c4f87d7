import { runService } from '@baton/service';

import { AppModule } from './app.module.js';
import { gatewayConfigSchema } from './config.js';
import { setUpHttp } from './http/set-up-http.js';

await runService({
  name: 'gateway',
  configSchema: gatewayConfigSchema,
  module: (config) => AppModule.forRoot(config),
  http: setUpHttp,
});
