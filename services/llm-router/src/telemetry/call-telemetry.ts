import {
  BATON_ATTRIBUTES as BATON,
  CONFIG,
  currentTraceparent,
  GEN_AI,
  GEN_AI_METRICS,
  GEN_AI_OPERATIONS as OPERATIONS,
  OpenTelemetry,
  SECONDS_BUCKETS,
  spanContextOf,
  TOKEN_BUCKETS,
} from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Attributes,
  type Context,
  type Histogram,
  metrics,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

import type { CallPlan } from '../call/call-plan.js';
import type { RouterConfig } from '../config.js';
import type { LedgerRow } from '../ledger/ledger-row.js';
import type { Route } from '../routing/model-router.js';
import { redact } from './redact.js';

/** One request to a model, as traces show it. */
export interface AttemptSpan {
  /** Told the closed row, and what the model answered where it did. */
  end(row: LedgerRow, result: unknown): void;
}

/** What a plan tells of its call beside what the ledger knows. */
export interface SpanFacts {
  readonly maxTokens?: number | null;
  readonly temperature?: number | null;
  readonly isStreamed?: boolean;
  readonly outputType?: 'text' | 'json';
  /** Messages as the conventions want them; only read where they are to be recorded. */
  readonly messages?: () => unknown;
}

const SCOPE = 'baton-llm-router';
const SILENT: AttemptSpan = { end: () => undefined };

/** Spans and metrics of requests to models, by the semantic conventions for generative AI. */
@Injectable()
export class CallTelemetry {
  private instruments:
    | {
        readonly tracer: Tracer;
        readonly duration: Histogram;
        readonly firstChunk: Histogram;
        readonly tokens: Histogram;
      }
    | undefined;
  private readonly capturesContent: boolean;

  constructor(
    private readonly sdk: OpenTelemetry,
    @Inject(CONFIG) config: RouterConfig,
  ) {
    this.capturesContent = config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT === 'true';
  }

  begin(plan: CallPlan<unknown, unknown>, route: Route, row: LedgerRow): AttemptSpan {
    if (!this.sdk.isOn) return SILENT;
    const { tracer } = (this.instruments ??= makeInstruments());
    const operation = OPERATIONS[row.kind];
    const common = {
      [GEN_AI.operation]: operation,
      [GEN_AI.provider]: route.ref.provider === 'offline' ? 'baton.offline' : route.ref.provider,
      [GEN_AI.requestModel]: route.ref.model,
    };
    const facts = plan.facts?.() ?? {};
    const span = tracer.startSpan(
      `${operation} ${route.ref.model}`,
      {
        kind: SpanKind.CLIENT,
        attributes: { ...common, ...requestAttributes(facts), ...ownAttributes(row) },
      },
      parentContext(),
    );
    if (this.capturesContent && facts.messages)
      span.setAttribute(GEN_AI.inputMessages, redact(JSON.stringify(facts.messages())));
    return { end: (closed, result) => this.finish(span, common, closed, result) };
  }

  private finish(span: Span, common: Attributes, row: LedgerRow, result: unknown): void {
    const answer = (result ?? {}) as { readonly stop_reason?: string; readonly text?: string };
    span.setAttributes({
      [GEN_AI.responseModel]: row.model.slice(row.model.indexOf('/') + 1),
      [GEN_AI.inputTokens]: row.input_tokens,
      [GEN_AI.outputTokens]: row.output_tokens,
      [GEN_AI.cachedTokens]: row.cached_tokens,
      [GEN_AI.reasoningTokens]: row.reasoning_tokens,
      [BATON.cost]: row.cost_usd,
      [BATON.estimated]: row.usage_estimated,
      ...(answer.stop_reason !== undefined && { [GEN_AI.finishReasons]: [answer.stop_reason] }),
      ...(row.first_token_ms !== null && { [GEN_AI.timeToFirstChunk]: row.first_token_ms / 1000 }),
    });
    if (this.capturesContent && answer.text !== undefined) {
      const parts = [{ type: 'text', content: redact(answer.text) }];
      const message = { role: 'assistant', parts, finish_reason: answer.stop_reason ?? 'stop' };
      span.setAttribute(GEN_AI.outputMessages, JSON.stringify([message]));
    }
    const failure = row.error_code === null ? {} : { [GEN_AI.errorType]: row.error_code };
    if (row.error_code !== null) {
      span.setAttributes(failure);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
    this.measure(row, { ...common, ...failure }, common);
  }

  private measure(row: LedgerRow, outcome: Attributes, common: Attributes): void {
    if (!this.instruments) return;
    const { duration, firstChunk, tokens } = this.instruments;
    duration.record((row.latency_ms ?? 0) / 1000, outcome);
    if (row.first_token_ms !== null) firstChunk.record(row.first_token_ms / 1000, common);
    // What nobody said would only be a guess.
    if (row.usage_estimated || row.error_code !== null) return;
    tokens.record(row.input_tokens, { ...common, [GEN_AI.tokenType]: 'input' });
    if (row.kind === 'chat') tokens.record(row.output_tokens, { ...common, [GEN_AI.tokenType]: 'output' });
  }
}

const makeInstruments = () => {
  const meter = metrics.getMeter(SCOPE);
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: SECONDS_BUCKETS } };
  return {
    tracer: trace.getTracer(SCOPE),
    duration: meter.createHistogram(GEN_AI_METRICS.duration, seconds),
    firstChunk: meter.createHistogram(GEN_AI_METRICS.timeToFirstChunk, seconds),
    tokens: meter.createHistogram(GEN_AI_METRICS.tokenUsage, {
      unit: '{token}',
      advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
    }),
  };
};

const requestAttributes = ({ maxTokens, temperature, isStreamed, outputType }: SpanFacts): Attributes => ({
  ...(typeof maxTokens === 'number' && { [GEN_AI.requestMaxTokens]: maxTokens }),
  ...(typeof temperature === 'number' && { [GEN_AI.requestTemperature]: temperature }),
  ...(isStreamed !== undefined && { [GEN_AI.requestStream]: isStreamed }),
  ...(outputType !== undefined && { [GEN_AI.outputType]: outputType }),
});

const ownAttributes = (row: LedgerRow): Attributes => ({
  [BATON.tenant]: row.tenant_id,
  [BATON.call]: row.call_id,
  [BATON.attempt]: row.attempt,
  ...(row.conversation_id !== null && { [GEN_AI.conversation]: row.conversation_id }),
  ...(row.run_id !== null && { [BATON.run]: row.run_id }),
  ...(row.node_id !== null && { [BATON.node]: row.node_id }),
  ...(row.workflow !== null && { [BATON.workflow]: row.workflow }),
});

/** The request's own trace, as it came over the bus. */
const parentContext = (): Context => {
  const parent = spanContextOf(currentTraceparent());
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
};
