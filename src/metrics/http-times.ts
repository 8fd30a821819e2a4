import { Histogram } from "./histogram.ts";
import type { Labelled } from "./measure.ts";

/** From a cached token to a full argon2 queue, in seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How long requests took, by call and status. Bounded: calls are the server's own, and so are statuses. */
export class HttpTimes {
  readonly #byKind = new Map<string, Labelled & { readonly value: Histogram }>();

  /** Counts one answered request. */
  observe(route: string, status: number, ms: number): void {
    const kind = `${route} ${status}`;
    let times = this.#byKind.get(kind);
    if (!times) {
      times = { labels: { route, status: String(status) }, value: new Histogram(BOUNDS) };
      this.#byKind.set(kind, times);
    }
    times.value.observeMs(ms);
  }

  read(): readonly Labelled[] {
    return [...this.#byKind.values()];
  }
}
