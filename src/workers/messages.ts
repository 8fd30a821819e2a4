/** What the supervisor and its workers say to each other over the channel between processes. */

/** How a worker takes the port: the first makes sure that nobody else has it, the others join the first. */
export const ENTRIES = ["claim", "join"] as const;
export type Entry = (typeof ENTRIES)[number];

export type FromWorker =
  | { readonly type: "ready"; readonly url: string; readonly port: number }
  /** It will not become ready: the line and exit code with which a process of its own would end. */
  | { readonly type: "failed"; readonly code: number; readonly line: string }
  /** Somebody reads `/metrics` here: every other worker is asked. */
  | { readonly type: "scrape"; readonly id: number }
  | { readonly type: "measured"; readonly id: number; readonly asker: number; readonly part: string };

export type ToWorker =
  | { readonly type: "measure"; readonly id: number; readonly asker: number }
  | { readonly type: "measured"; readonly id: number; readonly from: number; readonly part: string };
