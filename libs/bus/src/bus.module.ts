import { type DynamicModule, Global, Module } from '@nestjs/common';

import { BusClient, type BusOptions } from './bus-client.js';

/** Gives the whole application one {@link BusClient}; it connects in the background and keeps the streams in being. */
@Global()
@Module({})
export class BusModule {
  static forRoot(options: BusOptions): DynamicModule {
    return {
      module: BusModule,
      providers: [{ provide: BusClient, useFactory: () => new BusClient(options) }],
      exports: [BusClient],
    };
  }
}
