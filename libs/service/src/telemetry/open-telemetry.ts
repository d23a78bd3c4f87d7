import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { ServiceName } from '../service-name.js';
import { startTracing } from './tracing.js';

/** A collector that is away shall not hold up the end of the process. */
const LAST_WORDS_MS = 2_000;

/**
 * Where the SDK's own variables say nothing else: no command lines in the resource, no logs (they go to standard output);
 * metrics are scraped, but for those of the llm-router, whose conventions are OpenTelemetry's.
 */
const defaults = (name: ServiceName): Readonly<Record<string, string>> => ({
  OTEL_SERVICE_NAME: `baton-${name}`,
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: name === 'llm-router' ? 'otlp' : 'none',
});

/** The SDK, which sends traces where `OTEL_EXPORTER_OTLP_ENDPOINT` says; not even loaded where it says nothing. */
export class OpenTelemetry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('OpenTelemetry');
  private stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly service: ServiceName,
    private readonly endpoint: string | undefined,
  ) {}

  get isOn(): boolean {
    return this.endpoint !== undefined;
  }

  async onModuleInit(): Promise<void> {
    if (!this.isOn) return;
    for (const [name, value] of Object.entries(defaults(this.service))) process.env[name] ??= value;
    const { NodeSDK } = await import('@opentelemetry/sdk-node');
    const sdk = new NodeSDK();
    sdk.start();
    this.stop = () => sdk.shutdown();
    startTracing();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.stop) return;
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), LAST_WORDS_MS).unref());
    try {
      if ((await Promise.race([this.stop(), late])) === 'late')
        this.logger.warn('The last traces were not taken in time');
    } catch (error) {
      this.logger.warn({ err: error }, 'The last traces could not be sent');
    }
  }
}
