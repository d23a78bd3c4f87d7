import { BusClient } from '@baton/bus';
import { ProcessReport, subjects } from '@baton/contracts';
import { newId, ProcessReporter, SERVICE_NAMES } from '@baton/service';
import { Injectable, Logger } from '@nestjs/common';

/** What a process looks up for its report ends within two seconds. */
const WAIT_MS = 3_000;
/** Behind the last answer, where every service has given one: a replica more may be about to. */
const QUIET_MS = 150;
/** However many look at once, the processes are asked this seldom. */
const FRESH_MS = 2_000;

export interface RollCall {
  readonly at: string;
  readonly reports: readonly ProcessReport[];
}

/** Asks every process of every service how it is, and waits for all that answer. */
@Injectable()
export class ProcessRollCall {
  private readonly logger = new Logger('RollCall');
  private last: { readonly at: number; readonly call: Promise<RollCall> } | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly own: ProcessReporter,
  ) {}

  /** At most some seconds old. */
  call(): Promise<RollCall> {
    const now = performance.now();
    if (!this.last || now - this.last.at > FRESH_MS) {
      const call = this.ask();
      this.last = { at: now + WAIT_MS, call };
      const began = this.last;
      // Counted from the answer: a call that takes long is not asked again meanwhile.
      void call.then(
        () => this.last === began && (this.last = { at: performance.now(), call }),
        () => this.last === began && (this.last = undefined),
      );
    }
    return this.last.call;
  }

  private async ask(): Promise<RollCall> {
    const at = new Date(this.bus.now()).toISOString();
    // Nobody hears the question; what this process knows of itself is known nevertheless.
    const reports = this.bus.connected ? await this.collect() : [await this.own.report()];
    return { at, reports };
  }

  private collect(): Promise<ProcessReport[]> {
    const replyTo = subjects.processReport(newId('req'));
    return new Promise((resolve) => {
      const reports = new Map<string, ProcessReport>();
      let quiet: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(quiet);
        clearTimeout(late);
        unsubscribe();
        resolve([...reports.values()]);
      };
      const late = setTimeout(end, WAIT_MS);
      const unsubscribe = this.bus.subscribe(replyTo, (message) => {
        const report = ProcessReport.safeParse(message);
        if (!report.success)
          return this.logger.warn({ err: report.error }, 'A process reports what is no report');
        reports.set(`${report.data.service}/${report.data.process}`, report.data);
        const heard = new Set([...reports.values()].map(({ service }) => service));
        clearTimeout(quiet);
        if (SERVICE_NAMES.every((service) => heard.has(service))) quiet = setTimeout(end, QUIET_MS);
      });
      this.bus.publish(subjects.processLook, { reply_to: replyTo });
    });
  }
}
