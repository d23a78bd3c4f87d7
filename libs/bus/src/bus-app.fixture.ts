import 'reflect-metadata';

import { type RecordedEvent, type RequestContext, SYSTEM_ACTOR } from '@baton/contracts';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { BusClient } from './bus-client.js';
import { BusModule } from './bus.module.js';
import { BatonTransport } from './transport.js';

/** One process's worth of a service on the bus. */
export interface BusApp {
  readonly bus: BusClient;
  readonly transport: BatonTransport;
  /** Drains and closes, as SIGTERM would. */
  close(): Promise<void>;
}

/** A service that consists of these controllers. */
export const startBusApp = async (
  name: string,
  url: string,
  controllers: readonly Type[] = [],
): Promise<BusApp> => {
  const bus = new BusClient({ name, url });
  class AppModule {}
  const app = await NestFactory.createMicroservice(
    {
      module: AppModule,
      imports: [
        { module: BusModule, providers: [{ provide: BusClient, useValue: bus }], exports: [BusClient] },
      ],
      controllers: [...controllers],
    },
    { strategy: new BatonTransport(bus), logger: false },
  );
  const transport = (app as unknown as { serverInstance: BatonTransport }).serverInstance;
  await app.listen();
  return {
    bus,
    transport,
    close: async () => {
      await transport.drain(5_000);
      await app.close();
    },
  };
};

export const CONTEXT: RequestContext = { tenant_id: 'acme', actor: SYSTEM_ACTOR, request_id: 'req_1' };

export const conversationEvent = (
  version: number,
  overrides: Partial<RecordedEvent> = {},
): RecordedEvent => ({
  event_id: `evt_${overrides.stream_id ?? 'conv_1'}_${version}`,
  tenant_id: 'acme',
  stream_type: 'conversation',
  stream_id: 'conv_1',
  version,
  type: 'conversation.message_received',
  schema_version: 1,
  data: { n: version },
  metadata: { actor: SYSTEM_ACTOR },
  occurred_at: '2026-11-22T10:00:00.000Z',
  ...overrides,
});
