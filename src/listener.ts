/** The port: who listens on it, with which certificate, and how it is left. */
import type { CertificateFiles } from "./certificate.ts";
import type { Config } from "./config.ts";
import type { routesOf } from "./http/routes.ts";
import type { Logger } from "./log.ts";
import type { Connection } from "./socket/connection.ts";
import type { Relay } from "./socket/relay.ts";
import { StartError } from "./store/failures.ts";
import type { Entry } from "./workers/messages.ts";

/** Seconds of silence after which an HTTP connection is closed: a body that never comes, a client that went away. */
const IDLE_SECONDS = 30;
/** Bun's own limit answers 413 without our envelope, so it is far above ours (body.ts), which reads no further. */
const BUN_BODY_BYTES = 1024 ** 3;
/** How often the certificate's files are looked at, in ms. */
const LOOK_MS = 10_000;

export interface Listening extends ReturnType<typeof routesOf> {
  readonly websocket: Relay["websocket"];
}

/**
 * Serves HTTP and WebSockets on the configured address. Where the certificate's files change, new connections get the new
 * one within `LOOK_MS`, and those that are open stay: Bun cannot change a server's certificate, so a second server
 * takes the port over beside the first, which goes on with its connections and takes no more.
 */
export class Listener {
  readonly #config: Config;
  readonly #parts: Listening;
  readonly #log: Logger;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #certificate: CertificateFiles | undefined;
  #server: Server;
  /** Those that only have connections left. */
  readonly #retired = new Set<Server>();
  /** What was wrong with the files when they were last looked at. */
  #complaint = "";

  /**
   * @param certificate undefined: without TLS
   * @param entry how the port is shared with other processes; undefined: it is not
   * @param lookMs how often the certificate's files are looked at
   * @throws StartError with one line for the operator: port taken, no such address
   */
  constructor(
    config: Config,
    parts: Listening,
    log: Logger,
    certificate: CertificateFiles | undefined,
    entry?: Entry,
    lookMs = LOOK_MS,
  ) {
    this.#config = config;
    this.#parts = parts;
    this.#log = log;
    this.#certificate = certificate;
    // The next certificate's server takes the port over as another process would.
    const shared = entry !== undefined || certificate !== undefined;
    try {
      // Only where the port can be had alone is it nobody else's. Given back within the same turn.
      if (shared && entry !== "join") void this.#listen(config.PORT, false).stop(true);
      this.#server = this.#listen(config.PORT, shared);
    } catch (error) {
      throw new StartError(cannotListen(config, error));
    }
    if (certificate !== undefined) this.#timer = setInterval(() => this.#renew(certificate), lookMs).unref();
  }

  get port(): number {
    return this.#server.port!;
  }

  /** `http://host:port`, as a client on this machine reaches it: an address that stands for all of them is none to connect to. */
  get url(): string {
    const { HOST } = this.#config;
    const host = HOST === "0.0.0.0" ? "127.0.0.1" : HOST === "::" ? "[::1]" : this.#server.url.hostname;
    return `${this.#certificate === undefined ? "http" : "https"}://${host}:${this.port}`;
  }

  /** Takes no more connections, and ends those that are open after `graceMs`, or sooner once none has a request under way. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#timer);
    const servers = [this.#server, ...this.#retired];
    const late = Promise.withResolvers<void>();
    const timeout = setTimeout(late.resolve, graceMs);
    await Promise.race([Promise.all(servers.map((server) => server.stop())), late.promise]);
    clearTimeout(timeout);
    await Promise.all(servers.map((server) => server.stop(true)));
  }

  #listen(port: number, shared: boolean) {
    const { routes, fetch, websocket } = this.#parts;
    const { cert, key } = this.#certificate?.current ?? {};
    return Bun.serve({
      hostname: this.#config.HOST,
      port,
      routes,
      fetch,
      websocket,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: BUN_BODY_BYTES,
      development: false,
      // Said aloud, since Bun 1.4.5 sets it with `development: false`: two servers would then share a port in silence.
      reusePort: shared,
      ...(cert && key ? { tls: { cert, key } } : {}),
    });
  }

  /** What is wrong with new files leaves the old certificate in use. Files half replaced are looked at again. */
  #renew(certificate: CertificateFiles): void {
    try {
      const isNew = certificate.refresh();
      this.#complaint = "";
      if (!isNew) return;
      this.#takeOver();
      const endsAt = new Date(certificate.current.endsAt).toISOString();
      this.#log.info({ endsAt }, "new certificate in use");
    } catch (error) {
      const reason = error instanceof StartError ? error.message : cannotListen(this.#config, error);
      if (reason !== this.#complaint) this.#log.error({ reason }, "new certificate not usable: the old one stays");
      this.#complaint = reason;
    }
  }

  #takeOver(): void {
    const former = this.#server;
    this.#server = this.#listen(this.port, true);
    this.#retired.add(former);
    void former.stop().then(() => this.#retired.delete(former));
  }
}

type Server = ReturnType<typeof Bun.serve<Connection>>;

function cannotListen({ HOST, PORT }: Config, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const reason = code === "EADDRINUSE" ? "the port is taken" : (message ?? code ?? "unknown").split("\n", 1)[0];
  return `HOST, PORT: cannot listen on ${HOST}:${PORT}: ${reason}`;
}
