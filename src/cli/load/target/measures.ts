/** What the servers say of themselves on `/metrics`. */

import { type Buckets, bucketsOf, samplesOf } from "../../../metrics/text.ts";

const REQUEST_MS = 900;

/** Sums over all processes that answered. */
export interface Measures {
  readonly processes: number;
  /** CPU seconds since their start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly sockets: number;
  /** Of their event loops, since their start. */
  readonly lag: Buckets;
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
  const samples = samplesOf(pages.join("\n"));
  const valuesOf = (wanted: string) => samples.filter(({ name }) => name === wanted).map(({ value }) => value);
  const resident = valuesOf("process_resident_memory_bytes");
  if (resident.length === 0) return undefined;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    processes: resident.length,
    cpuSeconds: sum(valuesOf("process_cpu_seconds_total")),
    residentBytes: sum(resident),
    sockets: sum(valuesOf("polyge_sockets")),
    lag: bucketsOf(samples, "polyge_event_loop_lag_seconds"),
  };
}
