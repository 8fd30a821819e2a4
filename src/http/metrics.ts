/** `/metrics`: Prometheus text. Whoever has something to count registers it in `Metrics.registry`. */
import { createHash, timingSafeEqual } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "prom-client";
import { z } from "zod";
import type { Passwords } from "../accounts/passwords.ts";
import type { Tokens } from "../accounts/tokens.ts";
import type { Broker } from "../broker/broker.ts";
import type { Relay } from "../socket/relay.ts";
import { type Call, call } from "./call.ts";
import { content, failure } from "./reply.ts";

/** From a cached token to a full argon2 queue, in seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The processes behind one port, as one of them sees the others. */
export interface Workers {
  readonly number: number;
  /** How many there are with this one. */
  readonly total: number;
  /** Says what this one answers when another gathers. */
  measures(measure: () => Promise<string>): void;
  /** What the others answer within a second. */
  gather(): Promise<readonly string[]>;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #workers: Workers | undefined;
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #requests = new Histogram({
    name: "polyge_http_request_duration_seconds",
    help: "Time from a request to its answer, by call and status",
    labelNames: ["route", "status"] as const,
    buckets: BUCKETS,
    registers: [this.registry],
  });

  /** @param workers undefined: this process is alone on its port */
  constructor(parts: { passwords: Passwords; tokens: Tokens; relay: Relay; broker: Broker }, workers?: Workers) {
    this.#workers = workers;
    if (workers) this.registry.setDefaultLabels({ worker: String(workers.number) });
    workers?.measures(async () => JSON.stringify(await this.registry.getMetricsAsJSON()));
    this.#lag.enable();
    this.gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
    this.counter("process_cpu_seconds_total", "CPU time used, all threads, user and system", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.gauge("polyge_heap_used_bytes", "Memory used on the JavaScript heap", () => process.memoryUsage().heapUsed);
    this.gauge("process_uptime_seconds", "Seconds since the process started", () => process.uptime());
    this.gauge("polyge_event_loop_lag_p99_seconds", "Event-loop lag since the last scrape, 99th percentile", () => {
      const lag = this.#lag.percentile(99) / 1e9;
      this.#lag.reset();
      return lag;
    });
    this.gauge("polyge_argon2_running", "Password hashes under way", () => parts.passwords.running);
    this.gauge("polyge_argon2_waiting", "Password hashes that wait", () => parts.passwords.waiting);
    this.gauge("polyge_token_cache_entries", "Tokens known without a query", () => parts.tokens.cached);
    this.#relay(parts.relay, parts.broker);
  }

  #relay(relay: Relay, broker: Broker): void {
    const { delivery } = relay;
    const { queue } = delivery;
    this.gauge("polyge_sockets", "Open sockets", () => relay.sockets);
    this.gauge("polyge_users_online", "Users with an open socket", () => delivery.recipients.size);
    this.gauge("polyge_unconfirmed_bytes", "Memory held by frames sent and not confirmed", () => delivery.held.bytes);
    this.gauge("polyge_mailbox_queue_frames", "Frames that wait to be stored", () => queue.frames);
    this.gauge("polyge_mailbox_queue_bytes", "Memory held by frames that wait to be stored", () => queue.bytes);
    this.gauge("polyge_mailbox_flush_seconds", "How long the last batch took", () => queue.lastFlushMs / 1000);
    this.gauge("polyge_mailbox_failing", "1 while the database cannot store frames", () => Number(queue.failing));
    this.gauge("polyge_history_queue_frames", "Frames that wait to be kept", () => relay.history?.frames ?? 0);
    this.gauge("polyge_history_queue_bytes", "Memory that they hold", () => relay.history?.bytes ?? 0);
    this.counter("polyge_history_written_total", "Frames kept", () => relay.history?.written ?? 0);
    this.counter("polyge_history_dropped_total", "Frames left out of the history", () => relay.history?.dropped ?? 0);
    this.gauge("polyge_routes", "Users on other nodes to whom somebody here writes", () => delivery.routes.size);
    this.gauge(
      "polyge_routes_unanswered_frames",
      "Frames sent to other nodes and not answered for yet",
      () => delivery.routes.unanswered,
    );
    this.gauge(
      "polyge_sockets_elsewhere_nodes",
      "Other nodes that users here have sockets on too, summed over users",
      () => delivery.recipients.nodesElsewhere,
    );
    this.gauge("polyge_peers", "Other nodes heard of lately", () => delivery.cluster.peers);
    this.gauge("polyge_broker_connected", "1 while other nodes can be reached", () => Number(broker.connected));
    this.gauge(
      "polyge_broker_pending_bytes",
      "Bytes for other nodes that are not written yet",
      () => broker.pendingBytes,
    );
    this.counters("polyge_frames_total", "Frames by outcome", "outcome", () => ({
      sent: delivery.counts.sent,
      routed: delivery.counts.routed,
      arrived: delivery.counts.arrived,
      answered: delivery.counts.answered,
      queued: delivery.counts.queued,
      confirmed: delivery.receipts.confirmed,
      stored: queue.stored,
      unknown_user: delivery.counts.unknownUser,
      mailbox_full: delivery.counts.mailboxFull,
      unavailable: delivery.counts.refused,
      malformed: relay.counts.malformed,
      forged: relay.counts.forged,
      rate_limited: relay.counts.rateLimited,
    }));
    this.counters("polyge_sockets_evicted_total", "Sockets closed for falling behind", "reason", () => ({
      behind: delivery.eviction.evicted,
    }));
    this.counters("polyge_frame_bytes_total", "Bytes of frames taken", "direction", () => ({ in: relay.counts.bytes }));
  }

  /** Registers counts that the parts keep as plain fields, which cost the hot path nothing. */
  counters(name: string, help: string, label: string, read: () => Record<string, number>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Registers a count that is kept elsewhere. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Registers a value that is read when it is asked for. One that cannot be read then keeps its last value. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        try {
          this.set(read());
        } catch {
          // `process.memoryUsage()` throws when no file descriptor is free: the very moment to look at the others.
        }
      },
    });
  }

  /** Counts one answered request. */
  observe(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status }, seconds);
  }

  /**
   * The answer to a scrape. Of several workers whichever got the connection answers for all, each under a label of its
   * own: sums would fall when a worker dies or is left out, which a reader of counters takes for a restart of all.
   */
  async text(): Promise<string> {
    if (!this.#workers) return this.registry.metrics();
    const others = await this.#workers.gather();
    const all = AggregatorRegistry.aggregate([
      await this.registry.getMetricsAsJSON(),
      ...others.map((part) => JSON.parse(part)),
    ]);
    const silent = this.#workers.total - 1 - others.length;
    new Gauge({ name: "polyge_workers", help: "Workers on this port", registers: [all] }).set(this.#workers.total);
    new Gauge({ name: "polyge_workers_silent", help: "Workers left out of this answer", registers: [all] }).set(silent);
    return all.metrics();
  }

  stop(): void {
    this.#lag.disable();
  }
}

/** @param bearer `METRICS_TOKEN`; undefined: everybody may read */
export function metricsCall(metrics: Metrics, bearer: string | undefined): Call {
  const expected = bearer === undefined ? undefined : digest(`Bearer ${bearer}`);
  return call({
    path: "/metrics",
    summary: "Measurements in Prometheus' text format.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: ["bad_token"],
    async answer(_, { request }) {
      if (expected && !timingSafeEqual(digest(request.headers.get("authorization") ?? ""), expected)) {
        return failure("bad_token", "the bearer token is missing or wrong", { "WWW-Authenticate": "Bearer" });
      }
      return content(await metrics.text(), metrics.registry.contentType);
    },
  });
}

/** Of one length, whatever was sent, so that comparing takes the same time always. */
const digest = (text: string) => createHash("sha256").update(text).digest();
