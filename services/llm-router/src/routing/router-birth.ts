import { BusClient } from '@baton/bus';
import { subjects } from '@baton/contracts';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

/** Requests are served a moment after the application is up. */
const SERVING_MS = 250;

/** Says that a router serves: whoever waits for one that died asks this one. */
@Injectable()
export class RouterBirth implements OnApplicationBootstrap {
  constructor(private readonly bus: BusClient) {}

  onApplicationBootstrap(): void {
    this.bus.connection.whenReady(() => {
      setTimeout(() => this.bus.publish(subjects.modelRouterStarted, {}), SERVING_MS).unref();
    });
  }
}
