/** What the servers say of themselves on `/metrics`. */

const REQUEST_MS = 900;

/** Sums over all processes that answered. */
export interface Measures {
  readonly processes: number;
  /** CPU seconds since their start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly sockets: number;
  /** The worst of them, in ms. */
  readonly lagMs: number;
}

export interface Scraper {
  /** http(s)://host:port of each node. */
  readonly urls: readonly string[];
  readonly token: string | undefined;
  readonly insecure: boolean;
}

/** @returns undefined where a node does not answer in time, or not with measurements */
export async function scrape({ urls, token, insecure }: Scraper): Promise<Measures | undefined> {
  const pages = await Promise.all(
    urls.map(async (url) => {
      try {
        const response = await fetch(`${url}/metrics`, {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(REQUEST_MS),
          tls: { rejectUnauthorized: !insecure },
        });
        return response.ok ? await response.text() : undefined;
      } catch {
        return undefined;
      }
    }),
  );
  if (pages.includes(undefined)) return undefined;
  const text = pages.join("\n");
  const resident = valuesOf(text, "process_resident_memory_bytes");
  if (resident.length === 0) return undefined;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    processes: resident.length,
    cpuSeconds: sum(valuesOf(text, "process_cpu_seconds_total")),
    residentBytes: sum(resident),
    sockets: sum(valuesOf(text, "polyge_sockets")),
    lagMs: Math.max(0, ...valuesOf(text, "polyge_event_loop_lag_p99_seconds")) * 1000,
  };
}

/** A metric's values, under whatever labels. */
const valuesOf = (text: string, name: string): number[] =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "gm"))].map(([, value]) => Number(value));
