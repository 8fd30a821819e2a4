/** The WebSocket side of the service: upgrade, and what happens to a socket until it is closed. */
import type { Server, WebSocketHandler } from "bun";
import type { Logger } from "pino";
import type { Session, Tokens } from "../accounts/tokens.ts";
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config.ts";
import { type Blockers, Blocks } from "../delivery/blocks.ts";
import { Delivery } from "../delivery/delivery.ts";
import { HistoryQueue } from "../delivery/history-queue.ts";
import { MAX_BACKLOG_BYTES } from "../delivery/outlet.ts";
import { PresenceRecord } from "../delivery/presence-record.ts";
import { ReadMarks } from "../delivery/read-marks.ts";
import { stopDelivery } from "../delivery/stop.ts";
import type { Subscriber } from "../delivery/subscriber.ts";
import { CLOSE } from "../protocol/codes.ts";
import { MAX_MESSAGE_BYTES, SUBPROTOCOL } from "../protocol/messages.ts";
import type { BlockRows } from "../store/blocks.ts";
import type { Conversations } from "../store/conversations.ts";
import type { History } from "../store/history.ts";
import type { Mailboxes } from "../store/mailbox.ts";
import type { PresenceRows } from "../store/presence.ts";
import { Aftermath } from "./aftermath.ts";
import { CoarseClock } from "./clock.ts";
import { Closes } from "./closes.ts";
import { Connection, type Socket } from "./connection.ts";
import { Connections } from "./connections.ts";
import { Entries } from "./entries.ts";
import { FrameBatch } from "./frame-batch.ts";
import { Intake } from "./intake.ts";
import { type KickLog, Kicks } from "./kicks.ts";
import { messageRate } from "./limits.ts";
import { Liveness, type LivenessTimes } from "./liveness.ts";
import { report } from "./report.ts";
import { TokenSockets } from "./token-sockets.ts";
import { hello, offersV2 } from "./v2.ts";

/** What a client is told to wait when its server stops; it adds jitter of its own. */
const RETRY_AFTER_MS = 1000;

/** Longest that a stop waits for the history, in ms: all of it has 10 s. */
const HISTORY_MS = 8000;
/** With this much left the last of what was read is noted. */
const MARKS_MS = 1000;

/** What the relay writes to. */
export interface Stores {
  readonly mailboxes: Mailboxes;
  /** undefined: `HISTORY_DAYS` is 0. */
  readonly kept: { readonly history: History; readonly conversations: Conversations } | undefined;
  readonly kicks: KickLog;
  readonly blocks: BlockRows;
  readonly presence: PresenceRows;
}

const V2_HEADERS = { headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };

export class Relay {
  readonly delivery: Delivery;
  readonly websocket: WebSocketHandler<Connection>;
  /** Both undefined where no history is kept. */
  readonly history: HistoryQueue | undefined;
  readonly readMarks: ReadMarks | undefined;
  readonly intake: Intake;
  readonly #batch: FrameBatch;
  /** Sockets opened since the start. */
  opened = 0;
  readonly closes = new Closes();
  readonly clock = new CoarseClock();
  readonly #config: Config;
  readonly #log: Logger;
  readonly #rate;
  readonly #connections = new Connections();
  readonly #aftermath = new Aftermath(
    () => this.sockets,
    () => this.delivery.counts.sent,
  );
  readonly #liveness: Liveness;
  readonly #kicks: Kicks;
  readonly #tokenSockets: TokenSockets;
  readonly blocks: Blocks;
  readonly entries: Entries;
  readonly #presence: PresenceRecord;
  #stopping = false;

  constructor(config: Config, stores: Stores, broker: Broker, tokens: Tokens, log: Logger, liveness?: LivenessTimes) {
    this.#config = config;
    this.#kicks = new Kicks(stores.kicks, (uid) => this.delivery.recipients.subscribersOf(uid), log);
    this.#log = log;
    this.#rate = messageRate(config.MESSAGE_RATE, config.MESSAGE_BURST);
    this.entries = new Entries(config.UPGRADES);
    this.#liveness = new Liveness(this.#connections, this.clock, liveness);
    this.delivery = new Delivery(
      stores.mailboxes,
      broker,
      this.clock,
      {
        heldPerUser: config.UNCONFIRMED_BYTES_PER_USER,
        heldInAll: config.UNCONFIRMED_BYTES,
        maxBytes: config.MAILBOX_QUEUE_BYTES,
        flushMs: config.MAILBOX_FLUSH_MS,
        batchFrames: Math.min(config.MAILBOX_BATCH, stores.mailboxes.largestBatch),
        socketsPerUser: config.MAX_SOCKETS_PER_USER,
      },
      {
        tokenEnded: (uid, key, died) => this.#tokenSockets.ended(uid, key, died),
        kicked: (uid) => this.#kicks.close(uid),
        tokensUnsure: () => {
          void this.#tokenSockets.makeUp();
          void this.#kicks.makeUp();
        },
        report: (of, limit) => report(broker.node, this.#connections, this.delivery, of, limit),
        blocksChanged: (uid) => this.blocks.refresh([uid]),
        blocksUnsure: () => this.blocks.refreshAll(),
        refused: (frame) => this.history?.refused(frame),
        replaced: (subscriber) => this.#replace(subscriber),
      },
      log,
    );
    this.#tokenSockets = new TokenSockets(tokens, this.#connections, this.delivery);
    this.blocks = new Blocks(stores.blocks, this.delivery, ({ subscribers }) => {
      for (const { outlet } of subscribers) (outlet as Socket).data.peer = undefined;
    });
    this.#presence = new PresenceRecord(stores.presence, broker, this.delivery.recipients, log);
    if (stores.kept) {
      const { history, conversations } = stores.kept;
      const mailboxes = () => this.delivery.queue.settled();
      this.history = new HistoryQueue(history, mailboxes, config.HISTORY_QUEUE_BYTES, log);
      this.readMarks = new ReadMarks(conversations, this.history, log);
    }
    this.intake = new Intake({ maxFrameBytes: config.MAX_FRAME_BYTES, rate: this.#rate }, this.clock, this, log);
    this.#batch = new FrameBatch(this.intake, this.delivery.flush);
    this.websocket = {
      // Text may be longer than a frame may be: both have their own answer below.
      maxPayloadLength: Math.max(config.MAX_FRAME_BYTES, MAX_MESSAGE_BYTES + 1),
      backpressureLimit: MAX_BACKLOG_BYTES,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      idleTimeout: 0,
      sendPings: false,
      open: (ws) => this.#open(ws),
      message: (ws, message) => {
        if (typeof message !== "string") return this.#batch.add(ws, message);
        this.#batch.settle();
        this.intake.text(ws, message);
      },
      ping: (ws) => this.intake.ping(ws),
      pong: (ws, payload) => {
        ws.data.heardMs = this.clock.ms;
        if (!ws.data.v2) this.delivery.receipts.pong(ws.data.subscriber!, payload);
      },
      drain: (ws) => ws.data.subscriber?.wake(),
      close: (ws, code) => this.#close(ws, code),
    };
  }

  get sockets(): number {
    return this.#connections.size;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** False while full (`MAX_CONNECTIONS`), stopping, or without a database for mailboxes: an upgrade then gets 503. */
  get accepting(): boolean {
    return !this.#stopping && !this.delivery.queue.failing && this.#connections.size < this.#config.MAX_CONNECTIONS;
  }

  /** Upgrades; false where the request is no valid WebSocket upgrade. */
  upgrade(request: Request, server: Server<Connection>, session: Session, blockers: Blockers): boolean {
    const v2 = offersV2(request);
    // Bun would choose the first protocol offered, whatever it is; RFC 6455, section 4.2.2: none of ours, no header.
    if (!v2) request.headers.delete("sec-websocket-protocol");
    const data = new Connection(session, blockers, v2, this.clock.ms);
    return server.upgrade(request, v2 ? { data, ...V2_HEADERS } : { data });
  }

  /**
   * Refuses new sockets, stores what is unconfirmed, closes the open ones with 1001.
   * @returns frames that could not be stored in time
   */
  async stop(): Promise<number> {
    this.#stopping = true;
    this.#batch.settle();
    this.intake.stop();
    const started = performance.now();
    const lost = await stopDelivery(this.delivery, () => this.#closeAll());
    this.blocks.stop();
    await Promise.all([this.#presence.stop(), this.#stopHistory(HISTORY_MS - (performance.now() - started))]);
    this.#liveness.stop();
    this.#aftermath.stop();
    this.clock.stop();
    return lost;
  }

  async #stopHistory(limitMs: number): Promise<void> {
    await this.history?.stop(Math.max(limitMs, 0));
    await Promise.race([this.readMarks?.stop(), Bun.sleep(MARKS_MS)]);
  }

  #closeAll(): void {
    for (const connection of this.#connections.snapshot()) {
      connection.close(CLOSE.goingAway, "server stopping", RETRY_AFTER_MS);
      this.delivery.leave(connection.subscriber!);
    }
  }

  #open(ws: Socket): void {
    const connection = ws.data;
    connection.ws = ws;
    connection.heardMs = this.clock.ms;
    this.#connections.add(connection);
    this.#aftermath.opened();
    this.opened++;
    this.#log.debug({ uid: connection.uid, v2: connection.v2 }, "socket opened");
    const { uid } = connection;
    if (connection.v2) ws.send(JSON.stringify(hello(uid, this.#config)));
    connection.subscriber = this.delivery.join(uid, ws, connection.v2);
    const { recipient } = connection.subscriber;
    if (recipient.first === connection.subscriber) {
      this.blocks.entered(recipient, connection.blockers);
      this.#presence.came(uid);
    }
    if (this.#stopping) return connection.close(CLOSE.goingAway, "server stopping", RETRY_AFTER_MS);
    const open = this.delivery.recipients.subscribersOf(uid);
    if (open.length > this.#config.MAX_SOCKETS_PER_USER) {
      this.#replace(open[0]!);
    }
  }

  /** Closes this user's sockets here and on all nodes; their clients come back after a pause. */
  kick(uid: number): void {
    this.delivery.cluster.kick(uid);
    this.#kicks.close(uid);
  }

  #replace({ outlet }: Subscriber): void {
    (outlet as Socket).data.close(CLOSE.replaced, "too many sockets of this user");
  }

  #close(ws: Socket, code: number): void {
    this.#batch.settle();
    this.#connections.delete(ws.data);
    this.closes.add(code);
    const { subscriber, uid } = ws.data;
    this.#log.debug({ uid, code }, "socket closed");
    if (subscriber === undefined) return;
    this.delivery.leave(subscriber);
    if (!this.delivery.recipients.has(uid)) this.#presence.left(subscriber.recipient);
  }
}
