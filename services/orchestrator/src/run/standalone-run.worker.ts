import { BatonError, isBatonError, type RequestContext, type RunEvent } from '@baton/contracts';
import { crashPoint, type Outcome } from '@baton/event-store';

import { newId } from '@baton/service';

import type { ConsultationRepository } from '../consultation/consultation.repository.js';
import {
  approvalToRequest,
  requestedApproval,
  runPausedFor,
  runPausedForConsultation,
} from '../pause/requested-approval.js';
import { seenConsultation } from '../pause/seen-consultation.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { Workflow } from '../workflow/workflow.js';
import { callerKey } from './caller-key.js';
import { runDecider } from './run.decider.js';
import { endingEvents } from './run-end.js';
import { RunExecution } from './run-execution.js';
import type { RunPause } from './run-pause.js';
import type { RunRepository } from './run.repository.js';
import type { LiveRun, RunningRun } from './run.state.js';
import type { RuntimePorts } from './runtime.ports.js';

/** A standalone run to be started. */
export interface StandaloneRun {
  readonly ctx: RequestContext;
  readonly run_id: string;
  readonly workflow: { readonly name: string; readonly version: number };
  /** The workflow's text where no registry has it. */
  readonly definition?: string;
  readonly input: Record<string, unknown>;
}

/** A run that this process plays. */
interface Playing {
  readonly tenantId: string;
  readonly ended: Promise<void>;
  readonly stop: (reason: unknown) => void;
}

/** Nobody listens, and nothing was said before. */
const ALONE = { conversation: null, context: null, streamTo: null } as const;

/** Hears of runs that could not be played on; the sweep takes them up again. */
export type RunInterrupted = (run: { readonly runId: string; readonly error: unknown }) => void;

/**
 * Starts, plays and ends runs without a conversation. The log decides: a worker that lost a run finds its stream
 * moved and stops; a run whose worker died is resumed behind its last journaled step.
 */
export class StandaloneRunWorker {
  private readonly playing = new Map<string, Playing>();

  constructor(
    private readonly repository: RunRepository,
    private readonly registry: WorkflowRegistry,
    private readonly ports: RuntimePorts,
    private readonly consultations: Pick<ConsultationRepository, 'load'>,
    private readonly interrupted: RunInterrupted,
  ) {}

  /** Writes the run's start, with the caller's idempotency key in the same commit, and plays it from there. */
  async start({ ctx, run_id, ...asked }: StandaloneRun): Promise<Outcome> {
    const now = this.ports.clock.nowIso();
    const before = { state: runDecider.initialState(), version: 0 };
    const events = runDecider.decide(
      {
        type: 'StartRun',
        run: {
          run_id,
          ...asked,
          mode: 'standalone',
          conversation_id: null,
          turn_number: null,
          ...(ctx.actor.type === 'human_agent' && { started_by: ctx.actor.id }),
        },
      },
      before.state,
    );
    const { outcome, state } = await this.repository.commit({
      tenantId: ctx.tenant_id,
      before,
      events,
      now,
      actor: ctx.actor,
      idempotency: callerKey(ctx, { run_id, conversation_id: null }),
    });
    crashPoint('run.after_start');
    if (outcome.kind === 'committed') this.take(ctx.tenant_id, state as RunningRun, 1);
    return outcome;
  }

  /** Goes on with a run whose worker was lost; nothing happens to one that has ended or is played here. */
  async resume(tenantId: string, runId: string): Promise<void> {
    if (this.playing.has(runId)) return;
    const before = await this.repository.load(tenantId, runId);
    if (before.state.status !== 'RUNNING' || before.state.mode !== 'standalone') return;
    const events = runDecider.decide({ type: 'ResumeRun' }, before.state);
    const now = this.ports.clock.nowIso();
    const { outcome, state } = await this.repository.commit({ tenantId, before, events, now });
    // Somebody else was quicker, or this was its last chance.
    if (outcome.kind !== 'committed' || state.status !== 'RUNNING') return;
    this.take(tenantId, state, before.version + events.length);
  }

  /** Plays a run that was just brought to go on, by a commit that no other worker knows of. */
  adopt(tenantId: string, run: RunningRun, version: number): void {
    this.take(tenantId, run, version);
  }

  /** Resolves when the run is no longer played here, or after so long. */
  async settled(runId: string, withinMs: number): Promise<void> {
    const ended = this.playing.get(runId)?.ended;
    if (!ended || withinMs <= 0) return;
    const waited = new AbortController();
    await Promise.race([ended, this.ports.clock.sleep(withinMs, waited.signal)]);
    waited.abort();
  }

  /** Stops a run that was cancelled elsewhere in the log. */
  abandon(runId: string, reason: string): void {
    this.playing.get(runId)?.stop(reason);
  }

  /** Tenants and runs that this process plays. */
  runs(): readonly { readonly tenantId: string; readonly runId: string }[] {
    return [...this.playing].map(([runId, { tenantId }]) => ({ tenantId, runId }));
  }

  /**
   * Lets runs end for so long, and stops the others.
   * @returns those, for whoever comes next
   */
  async drain(withinMs: number): Promise<readonly { readonly tenantId: string; readonly runId: string }[]> {
    const waited = new AbortController();
    const all = Promise.all([...this.playing.values()].map(({ ended }) => ended));
    await Promise.race([all, this.ports.clock.sleep(withinMs, waited.signal)]);
    waited.abort();
    const left = this.runs();
    for (const { stop } of this.playing.values()) stop('the service is stopping');
    await Promise.all([...this.playing.values()].map(({ ended }) => ended));
    return left;
  }

  private take(tenantId: string, run: RunningRun, version: number): void {
    const cancel = new AbortController();
    const ended = this.play(tenantId, run, version, cancel.signal)
      .catch((error: unknown) => {
        if (!isBatonError(error, 'stale-owner')) this.interrupted({ runId: run.run_id, error });
      })
      .finally(() => this.playing.delete(run.run_id));
    this.playing.set(run.run_id, { tenantId, ended, stop: (reason) => cancel.abort(reason) });
  }

  private async play(tenantId: string, run: RunningRun, version: number, signal: AbortSignal): Promise<void> {
    const workflow = await this.workflowOf(tenantId, run).catch((error: unknown) => {
      // What can't be loaded now can't be loaded by the next worker either.
      if (isBatonError(error) && !error.retryable) return error;
      throw error;
    });
    if (isBatonError(workflow)) return this.end(tenantId, { state: run, version }, unplayable(run, workflow));
    const appender = this.repository.appender(tenantId, { state: run, version });
    const play = { tenantId, workflow, run, appender, signal, ...ALONE };
    const { outcome, log } = await new RunExecution(play, this.ports).run();
    if (outcome.kind === 'CANCELLED') return;
    const before = { state: log.state, version: appender.version };
    if (outcome.kind === 'PAUSED') return this.pause(tenantId, before, log.takeWaiting(), outcome.pause);
    crashPoint('run.before_end');
    await this.end(tenantId, before, endingEvents(log, outcome));
    crashPoint('run.after_end');
  }

  /** What it waits for is in the log with it; from here on it costs nothing. */
  private async pause(
    tenantId: string,
    before: { readonly state: RunningRun; readonly version: number },
    waiting: readonly RunEvent[],
    pause: RunPause,
  ): Promise<void> {
    const now = this.ports.clock.nowIso();
    const { state } = before;
    if (pause.kind === 'consultation') {
      const { consultation_id, node_id } = pause;
      this.ports.pauses.forget(state.run_id);
      const talk = await seenConsultation(this.consultations, tenantId, consultation_id);
      await this.repository.commit({
        tenantId,
        before,
        events: [...waiting, runPausedForConsultation(consultation_id, node_id)],
        now,
        with: { appends: [talk], rows: {}, timers: { set: [], cancel: [] } },
      });
      return;
    }
    const approval = approvalToRequest(newId('appr'), pause.request, state, tenantId, this.ports.digestKey);
    crashPoint('run.before_pause');
    const { append, row, timers } = requestedApproval(tenantId, approval, now);
    await this.repository.commit({
      tenantId,
      before,
      events: [...waiting, runPausedFor(approval)],
      now,
      with: { appends: [append], rows: { approvals: [row] }, timers },
    });
    crashPoint('run.after_pause');
  }

  private async workflowOf(tenantId: string, run: RunningRun): Promise<Workflow> {
    if (run.definition !== undefined) return this.registry.unregistered(run.definition).workflow;
    const { name, version } = run.workflow;
    return (await this.registry.version(tenantId, name, version)).workflow;
  }

  private async end(
    tenantId: string,
    before: { readonly state: LiveRun; readonly version: number },
    events: readonly RunEvent[],
  ): Promise<void> {
    const now = this.ports.clock.nowIso();
    const { outcome } = await this.repository.commit({ tenantId, before, events, now });
    if (outcome.kind !== 'committed')
      throw new BatonError('stale-owner', 'Another worker goes on with this run');
  }
}

const unplayable = (run: RunningRun, { message }: BatonError): readonly RunEvent[] =>
  runDecider.decide({ type: 'FailRun', error: { code: 'workflow-unusable', message, node_id: null } }, run);
