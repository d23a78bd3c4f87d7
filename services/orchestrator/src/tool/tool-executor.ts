import { BatonError, isBatonError, type RunEvent, type ToolSpec } from '@baton/contracts';
import { RefusedError } from '@baton/service';

import { throwIfCancelled } from './cancelled.js';
import { jsonSafe } from './json-safe.js';
import type { NodeScope } from './node-scope.js';
import { type ActionRequest, ApprovalNeeded } from './approval-needed.js';
import { type Grant, isReconnectDecided, reconnectRequest, requestFor, verdictOn } from './approval-gate.js';
import { judgeRisk, needsApproval } from './risk.js';
import type { FinishedTool, StartedTool } from './run-journal.port.js';
import { isReconnectReason } from './reconnect-reason.js';
import { hasSideEffect, idempotencyOf, type Tool, type ToolArguments, ToolError } from './tool.js';
import { checkArguments } from './tool-arguments.js';
import { type ToolGuards, UNGUARDED } from './tool-guards.js';
import type { ToolOutcome, ToolRequest } from './tool-outcome.js';
import type { ToolRegistry } from './tool-registry.js';
import { toolResult } from './tool-result.js';
import { within } from './within.js';

/** Hears of what went wrong inside a tool, which the model is not told. */
export interface ToolObserver {
  toolFailed(failure: { readonly tool: string; readonly runId: string; readonly error: unknown }): void;
}

/** A call that is decided (done before, or refused), one that people must decide first, or one that is to be run. */
type Prepared =
  | { readonly kind: 'settled'; readonly outcome: ToolOutcome }
  | { readonly kind: 'held'; readonly request: ActionRequest }
  | { readonly kind: 'read' | 'effect'; readonly call: ReadyCall };

interface ReadyCall {
  readonly tool: Tool;
  readonly callId: string;
  readonly args: ToolArguments;
  readonly idempotencyKey: string;
  /** Its start is in the journal, its end is not. */
  readonly isStarted: boolean;
  /** What lets it through, where people decided. */
  readonly approval?: Grant | undefined;
  /** A person changed the arguments. */
  readonly isEdited?: boolean;
}

type Failed = ToolOutcome & { kind: 'error' | 'disconnected' };

interface Finished {
  readonly outcome: ToolOutcome;
  readonly event: RunEvent;
}

/**
 * The one door through which every tool call of every node and agent goes: known to the node, arguments held
 * against the schema, risk judged, then journaled and run.
 */
export class ToolExecutor {
  /** By idempotency key: a node that ran out of time tries again while its effect is still under way. */
  private readonly underWay = new Map<string, Promise<ToolOutcome>>();

  constructor(
    private readonly registry: ToolRegistry,
    private readonly observer: ToolObserver,
    private readonly guards: ToolGuards = UNGUARDED,
  ) {}

  /** What a node may call, as a model is told of it. */
  async specs({ tools, tenantId }: Pick<NodeScope, 'tools' | 'tenantId'>): Promise<ToolSpec[]> {
    const found = await Promise.all(tools.map((name) => this.registry.find(name, tenantId)));
    return found.flatMap((tool) =>
      tool ? [{ name: tool.name, description: tool.description, input_schema: { ...tool.inputSchema } }] : [],
    );
  }

  /**
   * Runs calls in their order, reads that stand together at once. Ends behind the first call that is for people
   * (unsettled, without its connection): there are as many outcomes as calls were looked at.
   * @throws ApprovalNeeded at the first call that people must decide; what came before it is done and journaled
   * @throws BatonError of the journal, `cancelled`, or what left a side effect's outcome open: the node's retry
   *   then repeats it with the same idempotency key
   */
  async execute(requests: readonly ToolRequest[], scope: NodeScope): Promise<ToolOutcome[]> {
    const outcomes: ToolOutcome[] = [];
    let reads: ReadyCall[] = [];
    const flush = async (): Promise<void> => {
      outcomes.push(...(await this.read(reads, scope)));
      reads = [];
    };
    for (const request of requests) {
      const prepared = await this.prepare(request, scope);
      if (prepared.kind === 'read') {
        reads.push(prepared.call);
        continue;
      }
      await flush();
      if (outcomes.some(isForPeople)) return outcomes;
      if (prepared.kind === 'held') throw new ApprovalNeeded(prepared.request);
      const outcome =
        prepared.kind === 'settled' ? prepared.outcome : await this.effectOnce(prepared.call, scope);
      outcomes.push(outcome);
      if (isForPeople(outcome)) return outcomes;
    }
    await flush();
    return outcomes;
  }

  private async prepare(request: ToolRequest, scope: NodeScope): Promise<Prepared> {
    const { callId } = request;
    const finished = scope.journal.finishedTool(scope.nodeId, callId);
    const decision = scope.journal.decision(scope.nodeId, callId);
    const isTriedAgain = isDisconnected(finished) && isReconnectDecided(decision, finished);
    if (finished && !isTriedAgain) return settled(outcomeOf(finished, request, scope));
    const tool = scope.tools.includes(request.tool)
      ? await this.registry.find(request.tool, scope.tenantId)
      : undefined;
    const earlier = scope.journal.startedTool(scope.nodeId, callId);
    // What came back without its connection has not begun again yet.
    const started = isTriedAgain && earlier?.approval_id !== decision?.approval_id ? undefined : earlier;
    // It was begun by what is no longer there, or can't be reached: that says nothing of what it did.
    if (started && (!tool || !isJournaled(tool, started))) return settled(unsettled(started.tool));
    if (!tool) return settled(refused('unknown-tool', unknownTool(request.tool, scope)));
    // What was let through before the crash goes on as it was: with the arguments that were judged then.
    const checked = checkArguments(tool, (started ?? earlier)?.args ?? request.args);
    if (checked.problem !== undefined) return settled(refused('invalid-arguments', checked.problem));
    return this.held(
      {
        tool,
        callId,
        args: checked.ok,
        idempotencyKey: started?.idempotency_key ?? `${scope.runId}:${scope.nodeId}:${callId}`,
        isStarted: started !== undefined,
        approval: grantOf(started),
        isEdited: decision?.is_edited ?? false,
      },
      request.reason ?? null,
      scope,
    );
  }

  /**
   * The gate, and the only one: what is above LOW passes once people have agreed to this very action. What began before
   * a crash has passed it already.
   */
  private async held(call: ReadyCall, reason: string | null, scope: NodeScope): Promise<Prepared> {
    if (call.isStarted) return passed(call);
    const verdict = verdictOn(call, scope);
    if (verdict.kind === 'refused') return settled(refused(verdict.code, verdict.message));
    if (verdict.kind === 'granted') {
      // As a person may have made them: held against the schema like any other.
      const checked = checkArguments(call.tool, verdict.args);
      if (checked.problem !== undefined) return settled(refused('invalid-arguments', checked.problem));
      const { approval, isEdited } = verdict;
      return passed({ ...call, args: checked.ok, approval, isEdited });
    }
    const policy = scope.approvals.get(call.tool.name);
    const risk = await judgeRisk(call.tool, policy, (expression) => scope.riskScore(expression, call.args));
    if (!needsApproval(risk)) return passed(call);
    return { kind: 'held', request: requestFor(call, risk, policy, scope.nodeId, reason) };
  }

  /** Reads may be done again: their results cost no commit of their own. */
  private async read(calls: readonly ReadyCall[], scope: NodeScope): Promise<ToolOutcome[]> {
    if (calls.length === 0) return [];
    throwIfCancelled(scope.signal);
    const done = await Promise.all(
      calls.map((call) =>
        this.run(call, scope, (error) => {
          throwIfCancelled(scope.signal);
          return this.failureOfRead(call.tool, error, scope);
        }),
      ),
    );
    scope.journal.note(done.map(({ event }) => event));
    return done.map(({ outcome }) => outcome);
  }

  private effectOnce(call: ReadyCall, scope: NodeScope): Promise<ToolOutcome> {
    const key = `${scope.tenantId}/${call.idempotencyKey}`;
    const joined = this.underWay.get(key);
    if (joined) return joined;
    const effect = this.takeEffect(call, scope).finally(() => this.underWay.delete(key));
    this.underWay.set(key, effect);
    return effect;
  }

  private async takeEffect(call: ReadyCall, scope: NodeScope): Promise<ToolOutcome> {
    if (call.isStarted && idempotencyOf(call.tool, call.args) === 'unknown')
      return this.leftOpen(call, scope);
    // From its start on an effect is brought to its end, whatever becomes of the run.
    throwIfCancelled(scope.signal);
    if (!call.isStarted) await scope.journal.append([startOf(call, scope)]);
    try {
      const { outcome, event } = await this.run(call, scope, (error) => {
        throw error;
      });
      await scope.journal.append([event]);
      return asEdited(outcome, call);
    } catch (error) {
      if (!(error instanceof OutcomeOpen)) throw error;
      this.observer.toolFailed({ tool: call.tool.name, runId: scope.runId, error: error.cause });
      if (idempotencyOf(call.tool, call.args) === 'unknown') return this.leftOpen(call, scope);
      throw error.asBatonError();
    }
  }

  /** Nobody knows whether it was done. What people agreed to is over with that: they are told, and it is not done again. */
  private async leftOpen(call: ReadyCall, scope: NodeScope): Promise<ToolOutcome> {
    const outcome = unsettled(call.tool.name);
    if (call.approval) await scope.journal.append([endOf(call, outcome.note, scope)]);
    return outcome;
  }

  /** Runs the tool within its time; `onFailure` says what becomes of anything but a result or the tool's own no. */
  private async run(
    call: ReadyCall,
    scope: NodeScope,
    onFailure: (error: OutcomeOpen) => Failed,
  ): Promise<Finished> {
    const began = performance.now();
    const outcome = await this.outcomeOf(call, scope).catch((error: unknown): Failed => {
      if (error instanceof ToolError)
        return failed({ code: error.code, message: error.message }, asked(call), scope);
      return onFailure(new OutcomeOpen(call.tool.name, error));
    });
    const event: RunEvent = {
      type: 'run.tool_finished',
      data: {
        node_id: scope.nodeId,
        call_id: call.callId,
        tool: call.tool.name,
        result: outcome.kind === 'result' ? outcome.value : null,
        error: outcome.kind === 'result' ? null : outcome.error,
        duration_ms: Math.round((performance.now() - began) * 100) / 100,
        ...(call.approval && { approval_id: call.approval.id }),
      },
    };
    return { outcome, event };
  }

  private async outcomeOf(
    { tool, args, idempotencyKey, isStarted }: ReadyCall,
    scope: NodeScope,
  ): Promise<ToolOutcome & { kind: 'result' }> {
    const { tenantId, runId } = scope;
    const context = {
      tenantId,
      runId,
      conversationId: tool.sees.includes('conversation') ? scope.conversationId : null,
      customerId: tool.sees.includes('customer') ? scope.customerId : null,
      idempotencyKey,
    };
    // A cancelled run waits for no read; an effect that has begun is seen through.
    const cancelledBy = hasSideEffect(tool, args) ? undefined : scope.signal;
    const work = (): Promise<unknown> =>
      within(tool.timeoutMs, cancelledBy, (signal) => tool.run(args, { ...context, signal }));
    const value = await this.guards
      .run({ tool, args, tenantId }, work, cancelledBy)
      .catch((error: unknown) => {
        // Surely not done, unless an attempt before this one did it.
        if (error instanceof RefusedError && !isStarted) throw new ToolError(error.code, notNow(tool, error));
        throw error;
      });
    return { kind: 'result', value: toolResult(value) };
  }

  private failureOfRead(tool: Tool, open: OutcomeOpen, scope: NodeScope): Failed {
    const error = open.cause;
    this.observer.toolFailed({ tool: tool.name, runId: scope.runId, error });
    // Our own errors are fit to be shown; a stranger's text may hold what is nobody's business.
    return isBatonError(error)
      ? refused(error.code, error.message)
      : refused('tool-failed', `${tool.name} failed unexpectedly`);
  }
}

/** A call that ended in neither a result nor a no: whether it took effect is not known. */
class OutcomeOpen extends Error {
  constructor(
    private readonly tool: string,
    cause: unknown,
  ) {
    super(`${tool} failed`, { cause });
  }

  asBatonError(): BatonError {
    return isBatonError(this.cause)
      ? this.cause
      : new BatonError('internal', `${this.tool} failed unexpectedly`, { cause: this.cause });
  }
}

/** A read needs no start in the journal, unless people agreed to it: what they agree to is done once. */
const passed = (call: ReadyCall): Prepared => ({
  kind: call.approval !== undefined || hasSideEffect(call.tool, call.args) ? 'effect' : 'read',
  call,
});

const isJournaled = (tool: Tool, { args, approval_id }: StartedTool): boolean =>
  approval_id !== undefined || hasSideEffect(tool, args as ToolArguments);

/** Whoever asked is told what was done instead. */
const asEdited = (
  outcome: ToolOutcome,
  { isEdited, args }: Pick<ReadyCall, 'isEdited' | 'args'>,
): ToolOutcome => (isEdited && outcome.kind === 'result' ? { ...outcome, editedArgs: args } : outcome);

const startOf = (call: ReadyCall, scope: NodeScope): RunEvent => ({
  type: 'run.tool_started',
  data: {
    node_id: scope.nodeId,
    call_id: call.callId,
    tool: call.tool.name,
    args: jsonSafe(call.args),
    idempotency_key: call.idempotencyKey,
    ...(call.approval && { approval_id: call.approval.id, action_digest: call.approval.digest }),
  },
});

const UNSETTLED = 'unsettled';

const endOf = (call: ReadyCall, message: string, scope: NodeScope): RunEvent => ({
  type: 'run.tool_finished',
  data: {
    node_id: scope.nodeId,
    call_id: call.callId,
    tool: call.tool.name,
    result: null,
    error: { code: UNSETTLED, message },
    duration_ms: 0,
    ...(call.approval && { approval_id: call.approval.id }),
  },
});

const grantOf = (started: StartedTool | undefined): Grant | undefined =>
  started?.approval_id === undefined
    ? undefined
    : { id: started.approval_id, digest: started.action_digest ?? '' };

const notNow = (tool: Tool, { reason }: RefusedError): string =>
  reason === 'open'
    ? `${tool.name} has kept failing and is left alone for a moment`
    : `${tool.name} has too much to do at the moment`;

const settled = (outcome: ToolOutcome): Prepared => ({ kind: 'settled', outcome });

const refused = (code: string, message: string): ToolOutcome & { kind: 'error' } => ({
  kind: 'error',
  error: { code, message },
});

/** Behind such an outcome nothing else is run: a person comes first. */
const isForPeople = ({ kind }: ToolOutcome): boolean => kind === 'unsettled' || kind === 'disconnected';

const failed = (
  error: { readonly code: string; readonly message: string },
  call: Parameters<typeof reconnectRequest>[0],
  { nodeId }: NodeScope,
): Failed =>
  isReconnectReason(error.code)
    ? { kind: 'disconnected', error, reconnect: reconnectRequest(call, error, nodeId) }
    : { kind: 'error', error };

const asked = ({ callId, tool, args }: ReadyCall) => ({ callId, tool: tool.name, args });

const isDisconnected = (finished: FinishedTool | undefined): finished is FinishedTool =>
  finished?.error !== undefined && finished.error !== null && isReconnectReason(finished.error.code);

const unsettled = (tool: string): ToolOutcome & { kind: 'unsettled' } => ({
  kind: 'unsettled',
  note: `${tool} was begun and it is not known whether it was done: a person should look`,
});

const outcomeOf = (finished: FinishedTool, request: ToolRequest, scope: NodeScope): ToolOutcome => {
  const { tool, result, error, node_id, call_id } = finished;
  const args = argsOf(scope.journal, node_id, call_id) ?? request.args;
  if (error?.code === UNSETTLED) return unsettled(tool);
  if (error) return failed(error, { callId: call_id, tool, args }, scope);
  const isEdited = scope.journal.decision(node_id, call_id)?.is_edited ?? false;
  return asEdited({ kind: 'result', value: result }, { isEdited, args: (args ?? {}) as ToolArguments });
};

/** Of a read nobody wrote them down. */
const argsOf = (journal: NodeScope['journal'], nodeId: string, callId: string): unknown =>
  journal.startedTool(nodeId, callId)?.args;

const unknownTool = (name: string, scope: NodeScope): string =>
  `There is no tool ${JSON.stringify(name.slice(0, 100))} here; there ${
    scope.tools.length === 0 ? 'is none' : `are ${scope.tools.join(', ')}`
  }`;
