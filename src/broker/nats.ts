/**
 * The broker of a cluster: NATS, core only, nothing stored.
 *
 * A user's subject carries frames, with their tag as the reply subject, and text messages. A question's reply subject is
 * this node's: the NATS server itself says there that nobody has heard it. An own subscription does not count as somebody,
 * since this connection takes no echo.
 */
import { randomBytes } from "node:crypto";
import { errors, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import type { Logger } from "../log.ts";
import { StartError } from "../store/failures.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { type NatsAddress, natsAddress } from "./address.ts";
import type { Broker, BrokerHandler } from "./broker.ts";
import { dial, retryMs } from "./dial.ts";
import { reset, unwrittenBytes } from "./nats-internals.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Before every subject: a NATS server may serve others as well. */
const PREFIX = "polyge";
const USER = `${PREFIX}.u.`;
const NODE = `${PREFIX}.n.`;
/** Every node's. */
const ALL = `${PREFIX}.a`;
const FRAME = `${PREFIX}.f.`;
const PRESENCE = `${PREFIX}.p.`;
const ONLINE = "1";
const OFFLINE = "0";

/** Longest that `close` waits for what is pending, in ms. */
const CLOSE_MS = 2000;

/** In the log, at the start as later. */
const AWAY = "NATS is away: users of other nodes cannot be reached until it is there";

const SERVICE_UNAVAILABLE = 503;

export class NatsBroker implements Broker {
  readonly node = randomBytes(12).toString("base64url");
  readonly alone = false;
  readonly #address: NatsAddress;
  readonly #log: Logger;
  readonly #largest: number;
  readonly #tracing: Tracing | undefined;
  #handler: BrokerHandler | undefined;
  #connection: NatsConnection | undefined;
  #connected = false;
  connects = 0;
  #closing = false;
  /** What NATS last objected to since it was there. */
  #complaint = "";
  #wake = () => {};
  /** Users with a socket here; the value is missing until there is a connection. */
  readonly #users = new Map<number, Subscription | undefined>();
  /** Users that this node watches; likewise. */
  readonly #watched = new Map<number, Subscription | undefined>();
  readonly #turn = new TurnQueue();

  private constructor(address: NatsAddress, log: Logger, largest: number, tracing: Tracing | undefined) {
    this.#tracing = tracing;
    this.#address = address;
    this.#log = log;
    this.#largest = largest;
  }

  /**
   * Where NATS cannot be reached, the broker starts all the same and goes on trying; whoever listens is told when it is
   * there. Where it was reached at once, nobody is told: `connected` says so.
   * @param urls `NATS_URL`
   * @param largest bytes of the largest frame that will be sent; a server that takes less counts as away
   * @param tracing undefined: no traces
   * @throws StartError where trying again is no use: a URL that is none, a refused user or password
   */
  static async connect(
    urls: readonly string[] | string,
    log: Logger,
    largest = 0,
    tracing?: Tracing,
  ): Promise<NatsBroker> {
    const address = natsAddress(typeof urls === "string" ? urls.split(",") : urls);
    const broker = new NatsBroker(address, log, largest, tracing);
    const first = await broker.#dial().catch((error: unknown) => {
      if (error instanceof errors.AuthorizationError) {
        throw new StartError(`NATS_URL: ${broker.#where} refused the user or password`);
      }
      log.warn({ at: broker.#where, reason: reason(error) }, AWAY);
      return undefined;
    });
    if (first) await broker.#adopt(first);
    else void broker.#retry();
    return broker;
  }

  get connected(): boolean {
    return this.#connected;
  }

  get pendingBytes(): number {
    return this.#connection ? this.#turn.bytes + unwrittenBytes(this.#connection) : 0;
  }

  get traffic() {
    const { inBytes = 0, outBytes = 0 } = this.#connection?.stats() ?? {};
    return { in: inBytes, out: outBytes };
  }

  listen(handler: BrokerHandler): void {
    this.#handler = handler;
  }

  enter(uid: number): void {
    this.#users.set(uid, this.#subscribe(USER + uid, this.#onUserMessage));
  }

  leave(uid: number): void {
    this.#users.get(uid)?.unsubscribe();
    this.#users.delete(uid);
  }

  async settled(): Promise<void> {
    if (!this.#connected) throw new Error("NATS is away");
    this.#turn.publish();
    await this.#connection!.flush();
  }

  sendFrame(uid: number, frame: Uint8Array, tag: string): void {
    this.#turn.put(USER + uid, frame, FRAME + tag);
  }

  sendToUser(uid: number, message: string): void {
    this.#turn.put(USER + uid, message, "");
  }

  ask(uid: number, message: string, id: number): void {
    this.#turn.put(USER + uid, message, `${NODE}${this.node}.q.${id}`);
  }

  watch(uid: number): void {
    this.#watched.set(uid, this.#subscribe(PRESENCE + uid, this.#onPresence));
  }

  unwatch(uid: number): void {
    this.#watched.get(uid)?.unsubscribe();
    this.#watched.delete(uid);
  }

  announce(uid: number, online: boolean): void {
    this.#turn.put(PRESENCE + uid, online ? ONLINE : OFFLINE, "");
  }

  sendToNode(node: string, message: string): void {
    this.#turn.put(NODE + node, message, "");
  }

  sendToAll(message: string): void {
    this.#turn.put(ALL, message, "");
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#wake();
    const connection = this.#connection;
    this.#turn.publish();
    if (this.#connected) await Promise.race([connection!.flush().catch(() => {}), Bun.sleep(CLOSE_MS)]);
    this.#disconnected();
    await connection?.close();
  }

  get #where(): string {
    return this.#address.servers.join(", ");
  }

  #dial(): Promise<NatsConnection> {
    const connect = () => dial(this.#address, this.node);
    const attributes = { "server.address": this.#where };
    return this.#tracing?.during("connect to NATS", "client", attributes, connect) ?? connect();
  }

  async #adopt(connection: NatsConnection): Promise<void> {
    if (this.#closing) return connection.close();
    this.#connection = connection;
    void this.#follow(connection);
    const callback = this.#onNodeMessage;
    connection.subscribe(NODE + this.node, { callback });
    connection.subscribe(`${NODE}${this.node}.>`, { callback });
    connection.subscribe(ALL, { callback });
    for (const uid of this.#users.keys()) this.enter(uid);
    for (const uid of this.#watched.keys()) this.watch(uid);
    await this.#back(connection);
  }

  #subscribe(subject: string, callback: (error: Error | null, message: Msg) => void): Subscription | undefined {
    return this.#connection?.subscribe(subject, { callback });
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") this.#away();
      else if (status.type === "reconnect") void this.#back(connection);
      else if (status.type === "staleConnection") reset(connection);
      else if (status.type === "error") this.#complain(reason(status.error));
    }
    // Its end comes by `close`, or where something unforeseen has made nats.js give up.
    this.#away();
    this.#connection = undefined;
    for (const uid of this.#users.keys()) this.#users.set(uid, undefined);
    for (const uid of this.#watched.keys()) this.#watched.set(uid, undefined);
    await this.#retry();
  }

  async #retry(): Promise<void> {
    while (!this.#closing) {
      await this.#pause(retryMs());
      if (this.#closing) return;
      const connection = await this.#dial().catch(() => undefined);
      if (connection) return this.#adopt(connection);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The server has the subscriptions when it has answered: it takes what we send in order. */
  async #back(connection: NatsConnection): Promise<void> {
    try {
      await connection.flush();
    } catch {
      return;
    }
    if (this.#closing || this.#connected) return;
    const most = connection.info!.max_payload;
    if (most < this.#largest) {
      this.#log.error(
        { at: connection.getServer(), takes: most, needs: this.#largest },
        "NATS takes too small messages",
      );
      return;
    }
    this.#connected = true;
    this.#turn.open(connection);
    this.connects++;
    this.#complaint = "";
    this.#log.info({ at: connection.getServer() }, "NATS is there");
    this.#handler?.connection(true);
  }

  /** Once, though a refused password comes back at every attempt. */
  #complain(what: string): void {
    if (what !== this.#complaint) this.#log.error({ reason: what }, "NATS objects");
    this.#complaint = what;
  }

  #away(): void {
    if (!this.#connected) return;
    this.#disconnected();
    if (this.#closing) return;
    this.#log.warn({ at: this.#where }, AWAY);
    this.#handler?.connection(false);
  }

  #disconnected(): void {
    this.#connected = false;
    this.#turn.shut();
  }

  readonly #onUserMessage = (error: Error | null, message: Msg): void => {
    // Only where the server refuses the subscription; the connection's status tells of it too.
    if (error) return;
    const uid = Number(message.subject.slice(USER.length));
    const { reply } = message;
    // A copy: what nats.js hands out is a view of all that was read from the network at once.
    if (reply?.startsWith(FRAME)) this.#handler?.frame(uid, Buffer.from(message.data), reply.slice(FRAME.length));
    else this.#handler?.userMessage(uid, message.string());
  };

  readonly #onPresence = (error: Error | null, message: Msg): void => {
    if (!error) this.#handler?.presence(Number(message.subject.slice(PRESENCE.length)), message.string() === ONLINE);
  };

  readonly #onNodeMessage = (error: Error | null, message: Msg): void => {
    if (error) return;
    const { subject } = message;
    const own = NODE.length + this.node.length;
    if (subject === ALL || subject.length === own) this.#handler?.nodeMessage(message.string());
    else if (message.headers?.code === SERVICE_UNAVAILABLE) this.#handler?.nobody(Number(subject.slice(own + 3)));
  };
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
