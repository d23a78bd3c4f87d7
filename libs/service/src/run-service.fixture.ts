import { BusModule, type BusRequest, HandleRequest } from '@baton/bus';
import { defineRequest } from '@baton/contracts';
import { Controller, Logger, Module } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { z } from 'zod';

import { baseConfigSchema, portVariable } from './config.js';
import { Database } from './database.js';
import { runService } from './run-service.js';
import { ServiceModule } from './service.module.js';

/** A service for specs, run as a process of its own: `node dist/run-service.fixture.js`. */
const name = 'llm-router';

export const greet = defineRequest<string>()('test.greet', z.object({ conversation_id: z.string() }));
export const wait = defineRequest<string>()('test.wait', z.object({ ms: z.int() }));
export const crash = defineRequest<null>()('test.crash', z.object({ conversation_id: z.string() }));
export const reject = defineRequest<null>()('test.reject', z.object({}));

/** The schema of this build. */
export class Fixture1700000000000 implements MigrationInterface {
  async up(): Promise<void> {
    await Promise.resolve();
  }

  async down(): Promise<void> {
    await Promise.resolve();
  }
}

@Controller()
class FixtureController {
  private readonly logger = new Logger('Fixture');

  constructor(private readonly database: Database) {}

  @HandleRequest(greet)
  async greet({ body }: BusRequest<typeof greet>) {
    this.logger.log({ authorization: 'Bearer hunter2', greeted: body.conversation_id }, 'greeting');
    const [row] = await this.database.hot<{ hello: string }>('SELECT $1::text AS hello', [
      body.conversation_id,
    ]);
    return row?.hello;
  }

  @HandleRequest(wait)
  wait({ body }: BusRequest<typeof wait>) {
    this.logger.log('waiting');
    return new Promise((resolve) => setTimeout(() => resolve('waited'), body.ms));
  }

  @HandleRequest(crash)
  async crash() {
    try {
      await this.database.hot('SELECT 1/0', []);
    } catch (cause) {
      throw new Error('cannot divide', { cause });
    }
  }

  @HandleRequest(reject)
  reject() {
    void Promise.reject(new Error('nobody catches this'));
    return null;
  }
}

@Module({ controllers: [FixtureController] })
class FixtureModule {}

if (process.argv[1] === import.meta.filename) {
  await runService({
    name,
    migrations: [Fixture1700000000000],
    configSchema: baseConfigSchema.extend({
      GREETING: z.enum(['hello', 'hi']),
      PORT: portVariable.optional(),
    }),
    module: (config) => ({
      module: FixtureModule,
      imports: [ServiceModule.forRoot({ name, config }), BusModule.forRoot({ name, url: config.NATS_URL })],
    }),
  });
}
