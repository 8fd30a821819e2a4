/** Every metric of the service, in the order in which `/metrics` and docs/metrics.md show them. */
import { by } from "./measure.ts";
import { PROCESS_MEASURES } from "./process.ts";
import { FRAMES, HISTORY, MAILBOXES, SOCKETS } from "./relay-measures.ts";
import type { Group } from "./sources.ts";

const ACCOUNTS: Group = [
  {
    name: "polyge_token_cache_entries",
    type: "gauge",
    help: "Tokens known without a query",
    read: ({ tokens }) => tokens.cached,
  },
  {
    name: "polyge_token_lookups_total",
    type: "counter",
    help: "Tokens checked",
    labels: { source: "cache: without a query; database: with one, which many share" },
    read: ({ tokens }) => by("source", { ...tokens.lookups }),
  },
  {
    name: "polyge_argon2_running",
    type: "gauge",
    help: "Password hashes under way",
    read: ({ passwords }) => passwords.running,
  },
  {
    name: "polyge_argon2_waiting",
    type: "gauge",
    help: "Password hashes that wait",
    read: ({ passwords }) => passwords.waiting,
  },
  {
    name: "polyge_argon2_refused_total",
    type: "counter",
    help: "Logins and registrations answered 503, since the queue was full",
    read: ({ passwords }) => passwords.refused,
  },
  {
    name: "polyge_argon2_seconds",
    type: "histogram",
    help: "How long password hashes took, waiting included",
    read: ({ passwords }) => passwords.times,
  },
];

const OTHERS: Group = [
  {
    name: "polyge_database_up",
    type: "gauge",
    help: "0 once the database did not answer a query, until it answers one; asked at least every 15 s while scraped",
    read: ({ database }) => Number(database.up),
  },
  {
    name: "polyge_database_running",
    type: "gauge",
    help: "Pieces of work in the database: under way, or waiting for a connection",
    read: ({ database }) => database.running,
  },
  {
    name: "polyge_database_seconds",
    type: "histogram",
    help: "How long pieces of work took in the database, waiting for a connection included",
    read: ({ database }) => database.times,
  },
  {
    name: "polyge_database_failures_total",
    type: "counter",
    help: "Pieces of work that failed",
    labels: { kind: "unavailable: away, full or too slow; rejected: a bug of the server's" },
    read: ({ database }) => by("kind", { ...database.failures }),
  },
  {
    name: "polyge_broker_connected",
    type: "gauge",
    help: "1 while other nodes can be reached; missing where there is no NATS_URL",
    read: ({ broker }) => (broker.alone ? undefined : Number(broker.connected)),
  },
  {
    name: "polyge_broker_connects_total",
    type: "counter",
    help: "Times that the connection to NATS was made, the first included",
    read: ({ broker }) => (broker.alone ? undefined : broker.connects),
  },
  {
    name: "polyge_broker_pending_bytes",
    type: "gauge",
    help: "Bytes for other nodes that are not written yet",
    read: ({ broker }) => broker.pendingBytes,
  },
  {
    name: "polyge_broker_bytes_total",
    type: "counter",
    help: "Bytes to and from NATS; from 0 again with each new connection object",
    labels: { direction: "in or out" },
    read: ({ broker }) => (broker.alone ? undefined : by("direction", { ...broker.traffic })),
  },
  {
    name: "polyge_peers",
    type: "gauge",
    help: "Other nodes heard of lately",
    read: ({ relay }) => relay.delivery.cluster.peers,
  },
  {
    name: "polyge_routes",
    type: "gauge",
    help: "Users on other nodes to whom somebody here writes",
    read: ({ relay }) => relay.delivery.routes.size,
  },
  {
    name: "polyge_routes_unanswered_frames",
    type: "gauge",
    help: "Frames sent to other nodes and not answered for yet",
    read: ({ relay }) => relay.delivery.routes.unanswered,
  },
  {
    name: "polyge_sockets_elsewhere_nodes",
    type: "gauge",
    help: "Other nodes that users here have sockets on too, summed over users",
    read: ({ relay }) => relay.delivery.recipients.nodesElsewhere,
  },
];

const HTTP: Group = [
  {
    name: "polyge_http_request_duration_seconds",
    type: "histogram",
    help: "From a request to its answer; 101: until the socket was open",
    labels: { route: "the call's path; (unknown): none of ours", status: "HTTP status" },
    read: ({ http }) => http.read(),
  },
];

const TLS: Group = [
  {
    name: "polyge_tls_certificate_end_seconds",
    type: "gauge",
    help: "When the certificate in use expires, in seconds since 1970; missing without TLS_CERT",
    read: ({ certificate }) => certificate && certificate.current.endsAt / 1000,
  },
];

const BUILD: Group = [
  {
    name: "polyge_build_info",
    type: "gauge",
    help: "Always 1",
    labels: { version: "of this program", commit: "that it was built from", bun: "version of Bun" },
    read: ({ version: { version, commit } }) => [
      { labels: { version, commit: commit ?? "unknown", bun: Bun.version }, value: 1 },
    ],
  },
  {
    name: "polyge_stopping",
    type: "gauge",
    help: "1 from SIGTERM on",
    read: ({ relay }) => Number(relay.stopping),
  },
];

export const CATALOGUE: Group = [
  ...SOCKETS,
  ...FRAMES,
  ...MAILBOXES,
  ...HISTORY,
  ...ACCOUNTS,
  ...OTHERS,
  ...HTTP,
  ...TLS,
  ...PROCESS_MEASURES,
  ...BUILD,
];
