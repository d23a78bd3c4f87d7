import { CONFIG } from '@baton/service';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { RouterConfig } from '../config.js';

/** The SDK, which sends traces and metrics where `OTEL_EXPORTER_OTLP_ENDPOINT` says; not even loaded where it says nothing. */
@Injectable()
export class OpenTelemetry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('OpenTelemetry');
  private stop: (() => Promise<void>) | undefined;

  constructor(@Inject(CONFIG) private readonly config: RouterConfig) {}

  get isOn(): boolean {
    return this.config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  }

  async onModuleInit(): Promise<void> {
    if (!this.isOn) return;
    const { NodeSDK } = await import('@opentelemetry/sdk-node');
    // Exporters, protocol, headers and intervals by the SDK's own variables; metrics are off there unless one says otherwise.
    process.env['OTEL_METRICS_EXPORTER'] ??= 'otlp';
    const sdk = new NodeSDK({ serviceName: process.env['OTEL_SERVICE_NAME'] ?? 'baton-llm-router' });
    sdk.start();
    this.stop = () => sdk.shutdown();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop?.().catch((error: unknown) =>
      this.logger.warn({ err: error }, 'The last traces and metrics could not be sent'),
    );
  }
}
