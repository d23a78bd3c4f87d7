import { Logger as PinoNestLogger, PinoLogger } from 'nestjs-pino';

import { loggerParams } from './logging.js';
import type { ServiceName } from './service-name.js';

/** What Nest says of its own boot: one line per module and route, of use to nobody but who debugs it. */
const BOOT_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestMicroservice',
  'NestApplication',
]);

/** Nest's logger on pino: JSON lines; the boot of the framework itself at level debug. */
export class ServiceLogger extends PinoNestLogger {
  constructor(name: ServiceName, level: string) {
    const params = loggerParams(name, level);
    super(new PinoLogger(params), params);
  }

  override log(message: unknown, ...optional: unknown[]): void {
    const context = optional.at(-1);
    if (typeof context === 'string' && BOOT_CONTEXTS.has(context)) this.debug(message, ...optional);
    else super.log(message, ...optional);
  }
}
