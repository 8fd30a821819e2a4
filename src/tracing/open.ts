import type { Tracing } from "./tracing.ts";

export interface TracingSettings {
  /** Of an OTLP/HTTP receiver; spans go to `/v1/traces` below it. undefined: no traces. */
  readonly endpoint: string | undefined;
  /** Of the traces that begin here, the share that is kept, 0 to 1. */
  readonly share: number;
  /** Of this program. */
  readonly version: string;
}

/** OpenTelemetry is loaded only where traces are asked for: a start without them neither waits for it nor holds it. */
export async function openTracing({ endpoint, ...settings }: TracingSettings): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { OtlpTracing } = await import("./otlp.ts");
  return new OtlpTracing({ endpoint, ...settings });
}
