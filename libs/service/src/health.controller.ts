import { Controller, Get, Headers, HttpException, Res } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';

import { Health } from './health.js';
import { Metrics } from './metrics.js';

/** What an operator's tools ask of every service. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  /** The process runs; says nothing of what it depends on, or a restart would be tried for nothing. */
  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.health.check();
    } catch (error) {
      // Terminus throws its result: it is the answer, whatever the application's filters would make of it.
      if (!(error instanceof HttpException)) throw error;
      void reply.status(error.getStatus());
      return error.getResponse() as HealthCheckResult;
    }
  }

  /** Prometheus' text, or OpenMetrics for those who ask for it: that one has exemplars. */
  @Get('metrics')
  async scrape(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const format = accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
    const { contentType, text } = await this.metrics.scrape(format);
    void reply.header('content-type', contentType);
    return text;
  }
}
