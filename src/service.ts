/** How the parts are joined: settings → log → store → accounts → relay → http → serve; and stopped, in reverse. */
import type { DestinationStream } from "pino";
import { Accounts } from "./accounts/accounts.ts";
import { hashesAtOnce, Passwords } from "./accounts/passwords.ts";
import { Tokens } from "./accounts/tokens.ts";
import type { Broker } from "./broker/broker.ts";
import { openBroker } from "./broker/open.ts";
import { readCatalogues } from "./catalogues/catalogues.ts";
import type { Config } from "./config.ts";
import { MailboxExpiry } from "./delivery/mailbox-expiry.ts";
import { asyncapiCall } from "./http/asyncapi.ts";
import { blockCalls } from "./http/blocks.ts";
import { catalogueCalls } from "./http/catalogues.ts";
import { directoryCall } from "./http/directory.ts";
import { Limits } from "./http/limits.ts";
import { loginCalls } from "./http/login.ts";
import { LookLimit } from "./http/look-limit.ts";
import { Metrics, metricsCall, type Workers } from "./http/metrics.ts";
import { openapiCall } from "./http/openapi.ts";
import { Origins } from "./http/origins.ts";
import { accountCalls } from "./http/own-account.ts";
import { pageCalls, pageParts } from "./http/pages.ts";
import { profileCalls } from "./http/profiles.ts";
import { registrationCall } from "./http/registration.ts";
import { routesOf } from "./http/routes.ts";
import { stateCalls, type Version } from "./http/state.ts";
import { tokenCalls } from "./http/tokens.ts";
import { wsconnCall } from "./http/wsconn.ts";
import { type Logger, openLog } from "./log.ts";
import type { LivenessTimes } from "./socket/liveness.ts";
import { Relay } from "./socket/relay.ts";
import { Attempts } from "./store/attempts.ts";
import { BlockRows } from "./store/blocks.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { Directory } from "./store/directory.ts";
import { StartError } from "./store/failures.ts";
import { Mailboxes } from "./store/mailbox.ts";
import { PresenceRows } from "./store/presence.ts";
import { Profiles } from "./store/profiles.ts";
import type { Entry } from "./workers/messages.ts";

/** Seconds of silence after which an HTTP connection is closed: a body that never comes, a client that went away. */
const IDLE_SECONDS = 30;
/** How long requests under way may take once the server is stopping, in ms. */
const DRAIN_MS = 4000;
/** Bun's own limit answers 413 without our envelope, so it is far above ours (body.ts), which reads no further. */
const BUN_BODY_BYTES = 1024 ** 3;

export interface Service {
  /** `http://host:port`, as a client on this machine reaches it. */
  readonly url: string;
  readonly port: number;
  readonly log: Logger;
  /** Refuses new sockets, lets requests under way end, closes everything. At most some 8 s; the second call joins the first. */
  stop(): Promise<void>;
}

/** Frames that were accepted and could be neither confirmed nor stored before the process had to end. */
export class FramesLost extends Error {}

export interface Surroundings {
  readonly version: Version;
  /** Where log lines go; stdout by default. */
  readonly logTo?: DestinationStream;
  /** When a silent socket is pinged and closed; minutes by default. */
  readonly liveness?: LivenessTimes;
  /** This process's place among several on one port; undefined: it is alone. */
  readonly worker?: { readonly entry: Entry; readonly workers: Workers };
}

/**
 * Starts the service; when it resolves, requests are answered.
 * @throws StartError with one line for the operator: database, data folder or catalogues not usable, port taken
 */
export async function startService(
  config: Config,
  { version, logTo, liveness, worker }: Surroundings,
): Promise<Service> {
  const log = openLog(config.LOG_LEVEL, config.LOG_FORMAT, logTo, worker?.workers.number);
  const catalogues = readCatalogues(config.RESOURCES_DIR);
  const database = await openDatabase({ url: config.DATABASE_URL, directory: config.DATA_DIR });
  const passwords = new Passwords(hashesAtOnce(config.WORKERS));
  const tokens = new Tokens(database, config.TOKEN_TTL_SECONDS);
  const accounts = new Accounts(database, tokens, passwords, (error) =>
    log.warn({ reason: error instanceof Error ? error.message : "unknown" }, "sweep of expired tokens failed"),
  );
  const mailboxes = new Mailboxes(database, {
    frames: config.MAILBOX_FRAMES,
    bytes: config.MAILBOX_BYTES,
    days: config.MAILBOX_DAYS,
  });
  const blocks = new BlockRows(database);
  const broker = await openBroker(config.NATS_URL, log, config.MAX_FRAME_BYTES).catch(async (error) => {
    accounts.stop();
    await database.close();
    throw error;
  });
  const relay = new Relay(
    config,
    { mailboxes, blocks, presence: new PresenceRows(database) },
    broker,
    tokens,
    log,
    liveness,
  );
  const metrics = new Metrics({ passwords, tokens, relay, broker }, worker?.workers);
  const expiry = new MailboxExpiry(mailboxes, log);
  const state = { stopping: false };

  const closeParts = async () => {
    accounts.stop();
    expiry.stop();
    metrics.stop();
    await broker.close();
    await database.close();
  };
  try {
    const server = serve(config, relay, routes(), worker?.entry);
    return { url: urlOf(server, config), port: server.port!, log, stop: once(() => stop(server)) };
  } catch (error) {
    await closeParts();
    throw error;
  }

  function routes() {
    const limits = new Limits(
      { loginFailures: config.LOGIN_FAILURES, registrations: config.REGISTRATIONS },
      // The embedded database is no other process's, and its queries would take this thread's time.
      database.kind === "pglite" ? undefined : new Attempts(database),
    );
    const origins = new Origins(config.ALLOWED_ORIGINS);
    const profiles = new Profiles(database);
    const looks = new LookLimit(config.PROFILES_SHOWN);
    const listed = [
      registrationCall(accounts, limits),
      ...loginCalls(accounts, limits),
      ...tokenCalls(tokens),
      ...accountCalls(accounts, limits),
      ...profileCalls(tokens, profiles, looks),
      directoryCall(tokens, new Directory(database), profiles, looks),
      ...blockCalls(tokens, blocks, profiles, (blocked) => relay.blocksChanged(blocked)),
      wsconnCall(tokens, relay, origins),
      ...stateCalls(version, readiness(database, broker, relay, state)),
      metricsCall(metrics, config.METRICS_TOKEN),
      ...catalogueCalls(catalogues),
      ...pageCalls(),
    ];
    const calls = [...listed, openapiCall(listed, version), asyncapiCall(version), ...pageParts()];
    return routesOf(calls, { origins, metrics, log, proxies: config.TRUST_PROXY });
  }

  async function stop(server: ReturnType<typeof serve>): Promise<void> {
    state.stopping = true;
    const lost = await relay.stop();
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, DRAIN_MS);
    await Promise.race([server.stop(), timer.promise]);
    clearTimeout(timeout);
    await server.stop(true);
    await closeParts();
    if (lost > 0) log.error({ frames: lost }, "stopped without the database: frames are lost");
    else log.info("stopped");
    log.flush();
    if (lost > 0) throw new FramesLost(`${lost} frames could not be stored`);
  }
}

const readiness = (database: Database, broker: Broker, relay: Relay, state: { readonly stopping: boolean }) => [
  { name: "database", ready: () => database.ping() },
  { name: "broker", ready: () => broker.alone || broker.connected },
  { name: "mailboxes", ready: () => !relay.delivery.queue.failing },
  { name: "stopping", ready: () => !state.stopping },
];

/** @param entry how the port is shared; undefined: it is not */
function serve(config: Config, relay: Relay, { routes, fetch }: ReturnType<typeof routesOf>, entry?: Entry) {
  const tls =
    config.TLS_CERT !== undefined && config.TLS_KEY !== undefined
      ? { tls: { cert: Bun.file(config.TLS_CERT), key: Bun.file(config.TLS_KEY) } }
      : {};
  const listen = (reusePort: boolean) =>
    Bun.serve({
      hostname: config.HOST,
      port: config.PORT,
      routes,
      fetch,
      websocket: relay.websocket,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: BUN_BODY_BYTES,
      development: false,
      // Said aloud, since Bun 1.4.5 sets it with `development: false`: two servers would then share a port in silence.
      reusePort,
      ...tls,
    });
  try {
    // For the same reason: only where the port can be had alone is it nobody else's. Given back within the same turn.
    if (entry === "claim") void listen(false).stop(true);
    return listen(entry !== undefined);
  } catch (error) {
    throw new StartError(cannotListen(config, error));
  }
}

/** An address that stands for all of them is none to connect to. */
function urlOf(server: ReturnType<typeof serve>, { HOST, TLS_CERT }: Config): string {
  const host = HOST === "0.0.0.0" ? "127.0.0.1" : HOST === "::" ? "[::1]" : server.url.hostname;
  return `${TLS_CERT === undefined ? "http" : "https"}://${host}:${server.port}`;
}

function cannotListen({ HOST, PORT }: Config, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const reason = code === "EADDRINUSE" ? "the port is taken" : (message ?? code ?? "unknown").split("\n", 1)[0];
  return `HOST, PORT: cannot listen on ${HOST}:${PORT}: ${reason}`;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
