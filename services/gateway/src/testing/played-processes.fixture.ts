import type { BusClient } from '@baton/bus';
import { ProcessLook, type ProcessReport, subjects } from '@baton/contracts';
import { SERVICE_NAMES } from '@baton/service';

/** A process in which all is well. */
export const healthyReport = (service: string, more: Partial<ProcessReport> = {}): ProcessReport => ({
  service,
  process: `${service}-0:7`,
  started_at: '2026-11-22T10:00:00.000Z',
  checks: ['postgres', 'nats', 'redis'].map((name) => ({ name, status: 'up', message: null })),
  gauges: [],
  latencies: [],
  ...more,
});

/** The neighbours' processes, which tell who asks how they are; the gateway under test tells for itself. */
export const playProcesses = (
  bus: BusClient,
  reports: readonly ProcessReport[] = SERVICE_NAMES.filter((name) => name !== 'gateway').map((name) =>
    healthyReport(name),
  ),
): (() => void) =>
  bus.subscribe(subjects.processLook, (message) => {
    const { reply_to } = ProcessLook.parse(message);
    for (const report of reports) bus.publish(reply_to, report);
  });
