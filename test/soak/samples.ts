/** What is looked at during a soak: the kernel, the database, the server's own metrics. */
import { readdirSync, readFileSync } from "node:fs";
import postgres from "postgres";
import type { ServerProcess } from "../faults/harness/server.ts";
import { Calls } from "./calls.ts";

const MIB = 1024 ** 2;

/** Each by name; what is in bytes, in MiB. */
export const QUANTITIES = [
  "resident memory, MiB",
  "JavaScript heap, MiB",
  "sockets",
  "recipients",
  "unconfirmed bytes",
  "frames for mailboxes in memory",
  "frames for the history in memory",
  "token cache entries",
  "password hashes under way",
  "database connections",
  "descriptors besides those",
  "threads",
  "timers besides the driver's",
  "WebSockets on the heap",
] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** What was not looked at is missing. */
export interface Sample {
  /** Since the load began. */
  readonly seconds: number;
  readonly values: ReadonlyMap<Quantity, number>;
}

/** The server's metrics by quantity; several are summed. */
const METRICS: Partial<Record<Quantity, readonly string[]>> = {
  sockets: ["polyge_sockets"],
  recipients: ["polyge_users_online"],
  "unconfirmed bytes": ["polyge_unconfirmed_bytes"],
  "frames for mailboxes in memory": ["polyge_mailbox_queue_frames"],
  "frames for the history in memory": ["polyge_history_queue_frames"],
  "token cache entries": ["polyge_token_cache_entries"],
  "password hashes under way": ["polyge_argon2_running", "polyge_argon2_waiting"],
};

export class Sampler {
  readonly #server: ServerProcess;
  readonly #calls: Calls;
  readonly #database: string;
  readonly #admin: postgres.Sql;

  /** @param url of the server's database */
  constructor(server: ServerProcess, url: string) {
    this.#server = server;
    this.#calls = new Calls(server.at);
    this.#database = new URL(url).pathname.slice(1);
    this.#admin = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "soak" } });
  }

  async take(seconds: number): Promise<Sample> {
    const process = `/proc/${this.#server.pid}`;
    const status = readFileSync(`${process}/status`, "utf8");
    const ofStatus = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)![1]);
    // Before anything is asked of the server, which takes a connection.
    const descriptors = readdirSync(`${process}/fd`).length;
    const connections = await this.#connections();
    const metrics = await this.#metrics();
    const ours = Object.entries(METRICS).map(
      ([quantity, names]) => [quantity as Quantity, names.reduce((sum, name) => sum + metrics(name), 0)] as const,
    );
    return {
      seconds,
      values: new Map<Quantity, number>([
        ["resident memory, MiB", ofStatus("VmRSS") / 1024],
        ["JavaScript heap, MiB", metrics("polyge_heap_used_bytes") / MIB],
        ...ours,
        ["database connections", connections],
        ["descriptors besides those", descriptors - connections],
        ["threads", ofStatus("Threads")],
      ]),
    };
  }

  /** CPU time used so far by the server, in seconds. */
  async cpuSeconds(): Promise<number> {
    return (await this.#metrics())("process_cpu_seconds_total");
  }

  async #connections(): Promise<number> {
    const [row] = await this.#admin`select count(*)::int as n from pg_stat_activity
      where datname = ${this.#database} and application_name = 'polyge'`;
    return row!["n"];
  }

  async #metrics(): Promise<(name: string) => number> {
    const lines = (await this.#calls.get("/metrics")).text.split("\n");
    return (name) => {
      const line = lines.find((each) => each.startsWith(`${name} `));
      if (line === undefined) throw new Error(`no metric ${name}`);
      return Number(line.slice(name.length));
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.end({ timeout: 2 });
  }
}
