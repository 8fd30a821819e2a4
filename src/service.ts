/** How the parts are joined: settings → log → store → accounts → relay → http → serve; and stopped, in reverse. */
import type { DestinationStream } from "pino";
import { Accounts } from "./accounts/accounts.ts";
import { Administration } from "./accounts/administration.ts";
import { hashesAtOnce, Passwords } from "./accounts/passwords.ts";
import { Tokens } from "./accounts/tokens.ts";
import type { Broker } from "./broker/broker.ts";
import { openBroker } from "./broker/open.ts";
import { readCatalogues } from "./catalogues/catalogues.ts";
import { certificateOf } from "./certificate.ts";
import type { Config } from "./config.ts";
import { Expiry } from "./delivery/expiry.ts";
import { MailboxTotals } from "./delivery/mailbox-totals.ts";
import { adminCalls } from "./http/admin/calls.ts";
import { asyncapiCall } from "./http/asyncapi.ts";
import { blockCalls } from "./http/blocks.ts";
import { catalogueCalls } from "./http/catalogues.ts";
import { conversationCalls } from "./http/conversations.ts";
import { directoryCall } from "./http/directory.ts";
import { Limits } from "./http/limits.ts";
import { loginCalls } from "./http/login.ts";
import { LookLimit } from "./http/look-limit.ts";
import { metricsCall } from "./http/metrics.ts";
import { openapiCall } from "./http/openapi.ts";
import { Origins } from "./http/origins.ts";
import { accountCalls } from "./http/own-account.ts";
import { pageCalls, pageParts } from "./http/pages.ts";
import { profileCalls } from "./http/profiles.ts";
import { registrationCall } from "./http/registration.ts";
import { routesOf } from "./http/routes.ts";
import { siteCalls } from "./http/site.ts";
import { stateCalls, type Version } from "./http/state.ts";
import { tokenCalls } from "./http/tokens.ts";
import { WrongTokens } from "./http/wrong-tokens.ts";
import { wsconnCall } from "./http/wsconn.ts";
import { Listener } from "./listener.ts";
import { type Logger, openLog } from "./log.ts";
import { HttpTimes } from "./metrics/http-times.ts";
import { Metrics, type Workers } from "./metrics/registry.ts";
import type { LivenessTimes } from "./socket/liveness.ts";
import { Relay } from "./socket/relay.ts";
import { Attempts } from "./store/attempts.ts";
import { Audit } from "./store/audit.ts";
import { Spool } from "./store/backup/spool.ts";
import { BlockRows } from "./store/blocks.ts";
import { Conversations } from "./store/conversations.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { Directory } from "./store/directory.ts";
import { History, leftMessages } from "./store/history.ts";
import { Mailboxes } from "./store/mailbox.ts";
import { PresenceRows } from "./store/presence.ts";
import { Profiles } from "./store/profiles.ts";
import { openTracing } from "./tracing/open.ts";
import type { Entry } from "./workers/messages.ts";

/** How long requests under way may take once the server is stopping, in ms. */
const DRAIN_MS = 4000;

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
  /** How often the certificate's files are looked at, in ms; 10,000 by default. */
  readonly certificateLookMs?: number;
  /** This process's place among several on one port; undefined: it is alone. */
  readonly worker?: { readonly entry: Entry; readonly workers: Workers };
}

/**
 * Starts the service; when it resolves, requests are answered.
 * @throws StartError with one line for the operator: database, data folder or catalogues not usable, port taken
 */
export async function startService(
  config: Config,
  { version, logTo, liveness, certificateLookMs, worker }: Surroundings,
): Promise<Service> {
  const log = openLog(config.LOG_LEVEL, config.LOG_FORMAT, logTo, worker?.workers.number);
  const catalogues = readCatalogues(config.RESOURCES_DIR);
  const certificate = certificateOf(config);
  const tracing = await openTracing({
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    share: config.OTEL_TRACES_SAMPLER_ARG,
    version: version.version,
  });
  const database = await openDatabase({ url: config.DATABASE_URL, directory: config.DATA_DIR }, tracing);
  database.watch((up, reason) => {
    if (up) log.info("the database is back");
    else log.error({ reason }, "the database is away");
  });
  const passwords = new Passwords(hashesAtOnce(config.WORKERS));
  const tokens = new Tokens(database, config.TOKEN_TTL_SECONDS);
  const audit = new Audit(database, config.AUDIT_DAYS);
  const accounts = new Accounts(database, tokens, passwords, (error) =>
    log.warn({ reason: error instanceof Error ? error.message : "unknown" }, "sweep of expired tokens failed"),
  );
  const mailboxes = new Mailboxes(database, {
    frames: config.MAILBOX_FRAMES,
    bytes: config.MAILBOX_BYTES,
    days: config.MAILBOX_DAYS,
  });
  const blocks = new BlockRows(database);
  const broker = await openBroker(config.NATS_URL, log, config.MAX_FRAME_BYTES, tracing).catch(async (error) => {
    accounts.stop();
    await database.close();
    throw error;
  });
  const days = config.HISTORY_DAYS;
  const kept =
    days > 0 ? { history: new History(database, days), conversations: new Conversations(database) } : undefined;
  if (!kept) void warnOfHistory(database, log);
  const relay = new Relay(
    config,
    { mailboxes, kept, blocks, presence: new PresenceRows(database), kicks: audit },
    broker,
    tokens,
    log,
    liveness,
  );
  const http = new HttpTimes();
  const mailboxTotals = new MailboxTotals(mailboxes);
  const metrics = new Metrics(
    { version, config, passwords, tokens, relay, broker, database, mailboxTotals, http, certificate },
    worker?.workers,
  );
  const expiries = [
    new Expiry(mailboxes, "frames in mailboxes", log),
    new Expiry(audit, "rows of the audit table", log),
    ...(kept ? [new Expiry(kept.history, "messages", log)] : []),
  ];
  const state = { stopping: false };

  const closeParts = async () => {
    accounts.stop();
    for (const expiry of expiries) expiry.stop();
    await broker.close();
    await database.close();
    await tracing?.stop();
  };
  try {
    const parts = { ...routes(), websocket: relay.websocket };
    const listener = new Listener(config, parts, log, certificate, worker?.entry, certificateLookMs);
    log.info(
      { ...version, bun: Bun.version, pid: process.pid, url: listener.url, database: database.kind, node: broker.node },
      "started",
    );
    return { url: listener.url, port: listener.port, log, stop: once(() => stop(listener)) };
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
    const site = siteCalls();
    const listed = [
      registrationCall(accounts, limits),
      ...loginCalls(accounts, limits),
      ...tokenCalls(tokens),
      ...accountCalls(accounts, limits),
      ...profileCalls(tokens, profiles, looks),
      directoryCall(tokens, new Directory(database), profiles, looks),
      ...blockCalls(tokens, blocks, profiles, (blocked) => relay.blocks.changed(blocked)),
      ...conversationCalls(tokens, kept?.conversations, relay.readMarks),
      wsconnCall(tokens, relay, origins),
      ...stateCalls(version, readiness(database, broker, relay, state)),
      metricsCall(metrics, config.METRICS_TOKEN),
      ...catalogueCalls(catalogues),
      ...pageCalls(),
      ...site.pages,
    ];
    const administration = new Administration(
      database,
      tokens,
      passwords,
      audit,
      (uid) => relay.kick(uid),
      (key) => limits.forgetName(key),
    );
    const unlisted = [
      openapiCall(listed, version),
      asyncapiCall(version),
      ...pageParts(),
      ...site.parts,
      ...adminCalls(administration, relay, new Spool(database, config.DATA_DIR), { bearer: config.ADMIN_TOKEN, log }),
    ];
    const wrongTokens = new WrongTokens(config.WRONG_TOKENS);
    const edge = { origins, times: http, wrongTokens, tracing, log, proxies: config.TRUST_PROXY };
    return routesOf([...listed, ...unlisted], edge);
  }

  async function stop(listener: Listener): Promise<void> {
    state.stopping = true;
    log.info({ sockets: relay.sockets }, "stopping");
    const lost = await relay.stop();
    await listener.close(DRAIN_MS);
    await closeParts();
    if (lost > 0) log.error({ frames: lost }, "stopped without the database: frames are lost");
    else log.info("stopped");
    log.flush();
    if (lost > 0) throw new FramesLost(`${lost} frames could not be stored`);
  }
}

/**
 * `HISTORY_DAYS=0` deletes nothing, since a setting that was left out by mistake on one of many nodes would delete what all of
 * them keep. So the operator is told what stays.
 */
async function warnOfHistory(database: Database, log: Logger): Promise<void> {
  const left = await leftMessages(database).catch(() => undefined);
  if (left) log.warn({ ...left }, "HISTORY_DAYS is 0, and messages that were kept before stay for good");
}

const readiness = (database: Database, broker: Broker, relay: Relay, state: { readonly stopping: boolean }) => [
  { name: "database", ready: () => database.ping() },
  { name: "broker", ready: () => broker.alone || broker.connected },
  { name: "mailboxes", ready: () => !relay.delivery.queue.failing },
  { name: "stopping", ready: () => !state.stopping },
];

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
