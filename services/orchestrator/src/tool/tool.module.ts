import { BusClient } from '@baton/bus';
import { CONFIG, Database, OutboundGuard } from '@baton/service';
import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { ConnectionModule } from '../connection/connection.module.js';
import { CONNECTION_TOKENS, type ConnectionTokens } from '../connection/connection-tokens.port.js';
import { builtinTools } from './builtin/builtin-tools.js';
import { OrdersRepository } from './builtin/orders/orders.repository.js';
import { loadToolSources } from './source/tool-sources.js';
import { ToolRegistry } from './tool-registry.js';

const logger = new Logger('Tools');

/** The tools there are: the built-in ones, and those of the sources in `BATON_TOOLS_DIR`. */
@Module({
  imports: [ConnectionModule],
  providers: [
    {
      provide: ToolRegistry,
      inject: [BusClient, Database, CONFIG, CONNECTION_TOKENS],
      useFactory: async (
        requester: BusClient,
        database: Database,
        config: OrchestratorConfig,
        connections: ConnectionTokens,
      ) => {
        const allowed = config.BATON_HTTP_ALLOW ?? [];
        const registry = new ToolRegistry(
          builtinTools({ requester, orders: new OrdersRepository(database), http: { allowed } }),
        );
        await loadToolSources(
          config.BATON_TOOLS_DIR,
          registry,
          {
            guard: new OutboundGuard(allowed),
            environment: process.env,
            connections,
            observer: {
              toolRefused: (source, tool, why) => logger.warn(`${source}: ${tool} can not be used: ${why}`),
              trouble: (source, error) => logger.warn({ err: error, source }, `${source} does not answer`),
              ready: (source, tools) => logger.log(`${source} answers, with ${tools} tools`),
            },
          },
          {
            loaded: ({ file, name, type }) => logger.log(`${file}: ${name} (${type})`),
            refused: (file, errors) =>
              errors.forEach(({ line, column, path, message }) =>
                logger.error(`${file}:${line}:${column}: ${path}: ${message}`),
              ),
          },
        );
        return registry;
      },
    },
  ],
  exports: [ToolRegistry],
})
export class ToolModule implements OnApplicationShutdown {
  constructor(@Inject(ToolRegistry) private readonly registry: ToolRegistry) {}

  /** Behind the runs that were let to end. */
  async onApplicationShutdown(): Promise<void> {
    await this.registry.close();
  }
}
