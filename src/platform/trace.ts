import {
  type Attributes,
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

export type { Span };

/**
 * Spans go where Deno's own OpenTelemetry sends them (`OTEL_DENO=true`); without it they are nothing, and cost next to
 * nothing.
 */
const tracer = trace.getTracer("roomcast");

/** W3C trace context, level 1 (https://www.w3.org/TR/trace-context-1/#traceparent-header). */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export interface SpanOptions {
  /** The span that this one is part of, as a `traceparent`; undefined: none is known. Default: the span under way. */
  readonly parent?: string | undefined;
  readonly attributes?: Attributes;
  /** A span of another trace that has to do with this one. */
  readonly after?: string | undefined;
  /** Unix time in ms at which it began. Default now. */
  readonly startedAt?: number;
}

/** Begins a span that somebody ends later. */
export function beginSpan(name: string, options: SpanOptions = {}): Span {
  const links: Link[] = [];
  const after = options.after === undefined ? null : parse(options.after);
  if (after !== null) links.push({ context: after });
  return tracer.startSpan(name, {
    links,
    ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
    ...(options.startedAt === undefined ? {} : { startTime: options.startedAt }),
  }, "parent" in options ? contextOf(options.parent) : context.active());
}

/** Does something in a span, which ends with it; what it throws is noted and thrown on. */
export async function traced<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = beginSpan(name, options);
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), () => work(span));
  } catch (err) {
    failed(span, err);
    throw err;
  } finally {
    span.end();
  }
}

/** Notes on a span that it failed, and why. */
export function failed(span: Span, err: unknown): void {
  const message = err instanceof Error ? err.message : String(err);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Does something as part of a trace; undefined: of none, whatever is under way. */
export function inTrace<T>(traceparent: string | undefined, work: () => T): T {
  return context.with(contextOf(traceparent), work);
}

/** What stands for the span where others take it up; undefined when nothing is traced. */
export function traceparentOf(span: Span): string | undefined {
  if (!span.isRecording()) return undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The id of a `traceparent`'s trace, or null. */
export function traceIdOf(traceparent: string | undefined): string | null {
  return traceparent === undefined ? null : TRACEPARENT.exec(traceparent)?.[1] ?? null;
}

/** The id of the trace under way, or null. */
export function activeTraceId(): string | null {
  return trace.getActiveSpan()?.spanContext().traceId ?? null;
}

function contextOf(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? null : parse(traceparent);
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function parse(traceparent: string) {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
}
