/**
 * The WebSocket side of the service: upgrade, and what happens to a socket until it is closed.
 */
import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Session } from "../accounts/session.ts";
import type { Config } from "../config.ts";
import { Recipients } from "../delivery/recipients.ts";
import { CLOSE } from "../protocol/codes.ts";
import { crcMatches, MIN_FRAME_BYTES, readUid, TARGET_OFFSET, UID_OFFSET } from "../protocol/frame.ts";
import { CoarseClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { messageRate } from "./limits.ts";
import { Liveness } from "./liveness.ts";

/** Unsent bytes at which a slow reader is closed. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

type Socket = ServerWebSocket<Connection>;

/** What became of frames, counted since the start. */
export interface FrameCounts {
  /** Published to at least one socket of the target. */
  relayed: number;
  relayedBytes: number;
  /** The target has no socket here. */
  offline: number;
  /** Too short, wrong CRC or a uid out of range. */
  malformed: number;
  /** The sender's uid was not the socket's own. */
  forged: number;
  /** Past the sender's rate. */
  rateLimited: number;
}

export class Relay {
  readonly counts: FrameCounts = {
    relayed: 0,
    relayedBytes: 0,
    offline: 0,
    malformed: 0,
    forged: 0,
    rateLimited: 0,
  };
  readonly websocket: WebSocketHandler<Connection>;
  readonly #config: Config;
  readonly #rate;
  readonly #clock = new CoarseClock();
  readonly #recipients = new Recipients();
  readonly #connections = new Set<Connection>();
  readonly #liveness: Liveness;
  #server: Server<Connection> | undefined;
  #stopping = false;

  constructor(config: Config) {
    this.#config = config;
    this.#rate = messageRate(config.MESSAGE_RATE, config.MESSAGE_BURST);
    this.#liveness = new Liveness(this.#connections, this.#clock);
    this.websocket = {
      maxPayloadLength: config.MAX_FRAME_BYTES,
      backpressureLimit: MAX_BACKLOG_BYTES,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      idleTimeout: 0,
      sendPings: false,
      open: (ws) => this.#open(ws),
      message: (ws, message) => this.#message(ws, message),
      pong: (ws) => {
        ws.data.heardMs = this.#clock.ms;
      },
      ping: (ws) => {
        ws.data.heardMs = this.#clock.ms;
      },
      close: (ws) => this.#close(ws),
    };
  }

  get sockets(): number {
    return this.#connections.size;
  }

  get usersOnline(): number {
    return this.#recipients.size;
  }

  /** False while full (`MAX_CONNECTIONS`) or stopping: an upgrade then gets 503. */
  get accepting(): boolean {
    return !this.#stopping && this.#connections.size < this.#config.MAX_CONNECTIONS;
  }

  /** Upgrades; false where the request is no valid WebSocket upgrade. */
  upgrade(request: Request, server: Server<Connection>, session: Session): boolean {
    this.#server = server;
    return server.upgrade(request, { data: new Connection(session, this.#rate, this.#clock.ms) });
  }

  /** Closes every socket that a dead token opened. */
  closeToken(session: Session): void {
    for (const { ws } of [...(this.#recipients.get(session.uid)?.subscribers ?? [])]) {
      const connection = ws.data as Connection;
      if (connection.session.tokenId === session.tokenId) connection.close(CLOSE.loggedOut, "logged out");
    }
  }

  /** Refuses new sockets and closes the open ones with 1001. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const connection of [...this.#connections]) connection.close(CLOSE.goingAway, "server stopping");
    this.#liveness.stop();
    this.#clock.stop();
  }

  #open(ws: Socket): void {
    const connection = ws.data;
    connection.opened(ws, this.#clock);
    this.#connections.add(connection);
    const recipient = this.#recipients.join(connection);
    if (recipient.subscribers.length > this.#config.MAX_SOCKETS_PER_USER) {
      recipient.subscribers[0]!.ws.close(CLOSE.replaced, "too many sockets of this user");
    }
  }

  #close(ws: Socket): void {
    this.#connections.delete(ws.data);
    this.#recipients.leave(ws.data);
  }

  /** The hot path: synchronous, and without an allocation of its own. */
  #message(ws: Socket, frame: Buffer | string): void {
    const connection = ws.data;
    const now = this.#clock.ms;
    connection.heardMs = now;
    if (typeof frame === "string") {
      connection.close(CLOSE.unsupportedData, "text is for clients of polyge.v2");
      return;
    }
    if (!connection.budget.spend(now)) {
      this.counts.rateLimited++;
      connection.close(CLOSE.policyViolation, "more frames than MESSAGE_RATE and MESSAGE_BURST allow");
      return;
    }
    if (frame.length < MIN_FRAME_BYTES || !crcMatches(frame, Bun.hash.crc32(frame))) {
      this.#malformed(connection);
      return;
    }
    if (readUid(frame, UID_OFFSET) !== connection.uid) {
      this.counts.forged++;
      connection.close(CLOSE.policyViolation, "the frame's uid is not this socket's user");
      return;
    }
    const target = readUid(frame, TARGET_OFFSET);
    if (target === 0) {
      this.#malformed(connection);
      return;
    }
    const recipient = this.#recipients.get(target);
    if (recipient === undefined) {
      this.counts.offline++;
      return;
    }
    this.counts.relayed++;
    this.counts.relayedBytes += frame.length;
    this.#server!.publish(recipient.topic, frame);
  }

  #malformed(connection: Connection): void {
    this.counts.malformed++;
    if (connection.fault(this.#clock.ms)) connection.close(CLOSE.policyViolation, "too many malformed frames");
  }
}
