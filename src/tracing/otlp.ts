/** Traces by OpenTelemetry, sent as OTLP over HTTP in batches. Loaded by `open.ts` alone. */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import * as api from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingSettings } from "./open.ts";
import type { Attributes, Span, SpanKind, Tracing } from "./tracing.ts";

/** Longest that sending may take, in ms, of one batch and at the end. */
const EXPORT_MS = 5000;
const STOP_MS = 1000;

const KINDS = { server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT, internal: api.SpanKind.INTERNAL } as const;

const propagator = new W3CTraceContextPropagator();
const ofHeaders: api.TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};

export class OtlpTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: api.Tracer;
  /** Which span is under way, over every `await`. */
  readonly #context = new AsyncLocalStorage<api.Context>();

  constructor({ endpoint, share, version }: TracingSettings & { readonly endpoint: string }) {
    const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        "service.name": "polyge",
        "service.version": version,
        "service.instance.id": randomUUID(),
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS }) })],
    });
    this.#tracer = this.#provider.getTracer("polyge", version);
  }

  async during<T>(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    work: (span: Span) => Promise<T>,
    from?: Headers,
  ): Promise<T> {
    const parent = from ? propagator.extract(api.ROOT_CONTEXT, from, ofHeaders) : this.#context.getStore();
    const outer = parent ?? api.ROOT_CONTEXT;
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind], attributes }, outer);
    try {
      return await this.#context.run(api.trace.setSpan(outer, span), work, new OpenSpan(span));
    } catch (error) {
      // Its name only: a message may quote what was asked for.
      fail(span, error instanceof Error ? error.constructor.name : "unknown");
      throw error;
    } finally {
      span.end();
    }
  }

  async stop(): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, STOP_MS);
    // Whoever receives them may be away: that is no reason to stop badly.
    await Promise.race([this.#provider.shutdown().catch(() => {}), limit.promise]);
    clearTimeout(timer);
  }
}

class OpenSpan implements Span {
  readonly #span: api.Span;

  constructor(span: api.Span) {
    this.#span = span;
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  failed(kind: string): void {
    fail(this.#span, kind);
  }
}

function fail(span: api.Span, kind: string): void {
  span.setAttribute("error.type", kind);
  span.setStatus({ code: api.SpanStatusCode.ERROR });
}
