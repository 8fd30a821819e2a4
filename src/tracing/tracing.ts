/** Traces, as those see them who have something to trace. Where none are asked for there is no `Tracing` at all. */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** Adds what was not known when it began. Never anything secret: no query string, no argument, no message. */
  set(attributes: Attributes): void;
  /** It came to nothing. @param kind a word for what went wrong */
  failed(kind: string): void;
}

/** What a span stands for: a call that came in, one that goes out, or work of this process's own. */
export type SpanKind = "server" | "client" | "internal";

export interface Tracing {
  /**
   * Does work in a span, which ends with it; one that throws has failed. Spans that begin within it are its children.
   * @param from headers of a request: with a `traceparent` (W3C Trace Context) the span belongs to the caller's trace
   */
  during<T>(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    work: (span: Span) => Promise<T>,
    from?: Headers,
  ): Promise<T>;
  /** Sends what is left, for some seconds at most. */
  stop(): Promise<void>;
}
