import { hostname } from 'node:os';

import type { BusClient } from '@baton/bus';
import { ProcessLook, type ProcessReport, subjects } from '@baton/contracts';
import {
  HttpException,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';

import type { Health } from '../health.js';
import type { Metrics } from '../metrics.js';
import type { ServiceName } from '../service-name.js';
import { RecentLatencies } from './recent-latencies.js';

/** What an operator looks at first; each is a few milliseconds to look up, whatever the size of the tables. */
const GAUGES = [
  'baton_agents',
  'baton_approvals_oldest_seconds',
  'baton_approvals_pending',
  'baton_breakers',
  'baton_consumer_pending_events',
  'baton_consumer_unacknowledged_events',
  'baton_dead_letters_open',
  'baton_outbox_age_seconds',
  'baton_outbox_rows',
  'baton_queue_waiting',
  'baton_timers_overdue_seconds',
  'baton_turns_open',
  'baton_turns_overloaded',
  'baton_webhook_deliveries_pending',
  'baton_webhook_oldest_pending_seconds',
  'nodejs_eventloop_lag_p99_seconds',
] as const;

/** Tells who asks on the bus how this process is: what its probe, its gauges and its clock say, at one moment. */
export class ProcessReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ProcessReporter');
  private readonly process = `${hostname()}:${process.pid}`;
  private readonly startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  private readonly latencies: RecentLatencies;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly service: ServiceName,
    private readonly health: Health,
    private readonly metrics: Metrics,
    private readonly bus: BusClient | undefined,
  ) {
    this.latencies = new RecentLatencies(metrics.registry, (err) =>
      this.logger.warn({ err }, 'Could not note how long things take'),
    );
  }

  onApplicationBootstrap(): void {
    this.latencies.start();
    this.unsubscribe = this.bus?.subscribe(subjects.processLook, (message) => {
      const look = ProcessLook.safeParse(message);
      if (look.success) void this.answer(look.data.reply_to);
    });
  }

  onApplicationShutdown(): void {
    this.latencies.stop();
    this.unsubscribe?.();
  }

  async report(): Promise<ProcessReport> {
    const [checks, gauges, latencies] = await Promise.all([
      this.checks(),
      Promise.all(GAUGES.map((name) => this.gauge(name))),
      this.latencies.recent(),
    ]);
    const { service, process, startedAt: started_at } = this;
    return { service, process, started_at, checks, gauges: gauges.flat(), latencies };
  }

  private async answer(replyTo: string): Promise<void> {
    try {
      this.bus?.publish(replyTo, await this.report());
    } catch (err) {
      this.logger.warn({ err }, 'Could not tell how this process is');
    }
  }

  private async checks(): Promise<ProcessReport['checks']> {
    const { details } = await this.probe();
    return Object.entries(details).map(([name, { status, ...more }]) => ({
      name,
      status: status === 'up' || status === 'down' ? status : 'degraded',
      message: messageOf(more),
    }));
  }

  private async probe(): Promise<HealthCheckResult> {
    try {
      return await this.health.check();
    } catch (error) {
      // Terminus throws its result when something is down.
      if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private async gauge(name: string): Promise<ProcessReport['gauges']> {
    const family = await this.metrics.registry.getSingleMetric(name)?.get();
    return (family?.values ?? []).map(({ labels, value }) => ({
      name,
      labels: Object.fromEntries(Object.entries(labels).map(([label, of]) => [label, String(of)])),
      value,
    }));
  }
}

const messageOf = (more: Readonly<Record<string, unknown>>): string | null => {
  const said = more['message'];
  return typeof said === 'string' ? said : null;
};
