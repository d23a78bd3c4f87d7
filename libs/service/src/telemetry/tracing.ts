import { currentCallContext, runWithCallContext } from '@baton/bus';
import { isBatonError } from '@baton/contracts';
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';

import { ERROR_TYPE } from './span-attributes.js';
import { spanContextOf, traceparentOf } from './traceparent.js';

/** What a span is made of. Never what people said, nor a secret: ids, names and numbers only. */
export interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The `traceparent` that this work follows from; the one of the work at hand unless given. */
  readonly parent?: string | undefined;
  /** Other causes of the same work. */
  readonly links?: readonly (string | undefined)[];
  /** Whether it may begin a trace; without it, work that belongs to none has no span. */
  readonly mayBeRoot?: boolean;
}

/** A span that is under way; every call is for nothing where traces are off. */
export interface OpenSpan {
  /** Of this span, or of the work around it where there is none. */
  readonly traceparent: string | undefined;
  set(attributes: Attributes): void;
  /** @param error its code is told, never its text; a string is a code */
  end(error?: unknown): void;
  /** It was about nothing: it is not sent. */
  discard(): void;
}

let tracer: Tracer | undefined;

/** From now on spans are made; called once the SDK runs. */
export const startTracing = (): void => {
  tracer = trace.getTracer('baton');
};

export const isTracing = (): boolean => tracer !== undefined;

/** The `traceparent` of the work at hand. */
export const currentTraceparent = (): string | undefined => currentCallContext()?.traceparent;

/** The work's trace where somebody records it: what an exemplar may lead to. */
export const sampledTraceId = (traceparent = currentTraceparent()): string | undefined => {
  if (!tracer) return undefined;
  const context = spanContextOf(traceparent);
  return context && (context.traceFlags & TraceFlags.SAMPLED) !== 0 ? context.traceId : undefined;
};

/** A span that its caller ends; most want {@link spanned}. */
export const beginSpan = (name: string, settings: SpanSettings = {}): OpenSpan => {
  const parent = 'parent' in settings ? settings.parent : currentTraceparent();
  if (!tracer) return noSpan(parent);
  const context = spanContextOf(parent);
  if (!context && settings.mayBeRoot !== true) return noSpan(parent);
  const links = (settings.links ?? []).flatMap((link) => {
    const linked = spanContextOf(link);
    return linked ? [{ context: linked }] : [];
  });
  const { kind, attributes } = settings;
  const span = tracer.startSpan(
    name,
    { links, ...(kind !== undefined && { kind }), ...(attributes && { attributes }) },
    context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT,
  );
  return new LiveSpan(span);
};

/**
 * Runs `work` in a span: what it asks, commits and logs belongs to it. Where traces are off, or the work belongs to
 * none, it just runs.
 */
export const spanned = async <T>(
  name: string,
  settings: SpanSettings,
  work: (span: OpenSpan) => Promise<T>,
): Promise<T> => {
  if (!tracer) return work(NO_SPAN);
  const span = beginSpan(name, settings);
  const { traceparent } = span;
  try {
    const result = await (traceparent === undefined
      ? work(span)
      : runWithCallContext({ traceparent }, () => work(span)));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
};

class LiveSpan implements OpenSpan {
  readonly traceparent: string;
  private isOver = false;

  constructor(private readonly span: Span) {
    this.traceparent = traceparentOf(span.spanContext());
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  end(error?: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    if (error !== undefined) {
      this.span.setAttributes({ [ERROR_TYPE]: errorType(error) });
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }

  discard(): void {
    this.isOver = true;
  }
}

/** A message may quote what people said; a class or code can't. */
const errorType = (error: unknown): string => {
  if (typeof error === 'string') return error;
  if (isBatonError(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
};

const nothing = (): void => undefined;
const noSpan = (traceparent: string | undefined): OpenSpan => ({
  traceparent,
  set: nothing,
  end: nothing,
  discard: nothing,
});
const NO_SPAN = noSpan(undefined);
