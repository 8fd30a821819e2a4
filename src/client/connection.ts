import { type Crc32, decodeFrame, encodeFrame } from "../protocol/frame.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { pauseMs, verdictOf } from "./backoff.ts";
import type { Calls } from "./calls.ts";
import { Emitter } from "./emitter.ts";
import { PolygeError } from "./errors.ts";
import type { ConnectionEvents, State } from "./events.ts";
import { Inbox } from "./inbox.ts";
import { type Limits, Link, type LinkEnd, PLAIN_LIMITS, type SocketClass } from "./link.ts";
import { Message } from "./message.ts";
import { drawMsgId } from "./message-ids.ts";
import type { ConnectOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Renewal } from "./renewal.ts";
import { Repeats } from "./repeats.ts";
import { Outgoing, type Sent } from "./sent.ts";
import type { Session } from "./session.ts";
import { inMessages, Watched } from "./watched.ts";

export type Resolved = Required<Omit<ConnectOptions, "signal">>;

/** Attempts in a row that opened nothing before the last of them, with mode `auto`, goes without `polyge.v2`. */
const PLAIN_AFTER = 2;
/** Attempts in a row that opened nothing before the token itself is doubted. */
const DOUBT_AFTER = 3;
/** A link that lasted this long was a good one, in ms; the back-off starts anew. */
const GOOD_MS = 5000;

/** A user's connection: one socket after another, and what must outlive each of them. */
export class Connection {
  readonly #socketUrl: string;
  readonly #socketClass: SocketClass;
  readonly #crc32: Crc32;
  readonly #options: Resolved;
  readonly #events = new Emitter<ConnectionEvents>();
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #repeats: Repeats;
  readonly #renewal: Renewal;
  readonly #watched = new Watched();
  #link: Link | undefined;
  #state: State = "waiting";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #unopened = 0;
  #openedMs = 0;
  #hadV2 = false;
  #offerV2: boolean;
  #isFull = false;
  #nextMsgId = drawMsgId();

  constructor(calls: Calls, socketClass: SocketClass, crc32: Crc32, session: Session, options: Resolved) {
    this.#socketUrl = calls.url.replace(/^http/, "ws");
    this.#socketClass = socketClass;
    this.#crc32 = crc32;
    this.#options = options;
    this.#offerV2 = options.mode !== "plain";
    this.#outbox = new Outbox(options.outboxBytes);
    this.#repeats = new Repeats(options.rememberedFrames);
    this.#inbox = new Inbox(options.queuedMessages, {
      full: () => this.#pause(),
      room: () => this.#resume(),
    });
    this.#renewal = new Renewal(calls, session, options.refreshEveryMs, {
      renewed: (fresh) => this.#events.emit("session", fresh),
      refused: (error) => this.#finish(error),
    });
    this.#renewal.start();
    void this.#again();
  }

  /** This user. */
  get uid(): number {
    return this.#renewal.session.uid;
  }

  get state(): State {
    return this.#state;
  }

  /** The login as it stands; its token changes with each `session` event. */
  get session(): Session {
    return this.#renewal.session;
  }

  /** Messages that the server does not answer for yet. */
  get unanswered(): number {
    return this.#outbox.size;
  }

  /**
   * Sends. Without a connection it waits for one; after a lost one it is sent again, under the same id.
   * @param data text goes as UTF-8
   * @param timestampMs ms since 1970, now unless said
   * @param msgId that of an earlier connection, which may have sent this message already; a new one unless said
   * @throws PolygeError `bad_argument` at once; everything else is told by the promises of what it returns
   */
  send(to: number, data: string | Uint8Array, timestampMs: number | bigint = Date.now(), msgId?: bigint): Sent {
    const id = msgId ?? this.#nextMsgId;
    const outgoing = new Outgoing(to, id, this.#encode(to, id, data, timestampMs));
    if (msgId === undefined) this.#nextMsgId = id + 1n;
    if (this.#state === "closed") outgoing.failed(new PolygeError("closed", "the connection was closed"));
    else this.#outbox.add(outgoing);
    return outgoing.sent;
  }

  /**
   * Calls `handler` with each message, one after the other; a promise that it returns is waited for. The message is confirmed
   * when all handlers are done with it.
   * @returns a function that takes the handler away again
   */
  onMessage(handler: (message: Message) => void | Promise<void>): () => void {
    return this.#inbox.handle(handler);
  }

  /**
   * The messages, one after the other, for `for await`. Each is confirmed when the next is asked for. Ends after `close()`;
   * throws what ended the connection otherwise.
   * @throws PolygeError `bad_argument` where handlers or another iterator take the messages
   */
  messages(): AsyncGenerator<Message, void, void> {
    if (this.#inbox.taken) throw new PolygeError("bad_argument", "messages are taken already");
    return this.#inbox.messages();
  }

  /** @returns a function that takes the handler away again */
  on<Name extends keyof ConnectionEvents>(name: Name, handler: (value: ConnectionEvents[Name]) => void): () => void {
    return this.#events.on(name, handler);
  }

  /** Asks for `presence` of users, now and after each new socket. @throws PolygeError `too_many` past 499 */
  watch(...uids: number[]): void {
    this.#watched.add(uids);
    this.#ask("watch", uids);
  }

  unwatch(...uids: number[]): void {
    this.#watched.delete(uids);
    // One's own stays watched, for the heartbeat.
    this.#ask(
      "unwatch",
      uids.filter((uid) => uid !== this.uid),
    );
  }

  /** Tells a peer that this user is writing. @returns false: there is no `polyge.v2` socket to say it on, and it is not kept */
  typing(to: number): boolean {
    return this.#link?.tell({ type: "typing", to }) ?? false;
  }

  /** Tells a peer that his message, and all before it, was read. @returns false as `typing` does */
  read(message: Pick<Message, "from" | "msgId">): boolean {
    return this.#link?.tell({ type: "read", peer: message.from, msgId: String(message.msgId) }) ?? false;
  }

  /** Confirms what was processed and closes for good. What the server does not answer for yet rejects with `closed`. */
  close(): void {
    this.#finish(undefined);
  }

  #encode(to: number, msgId: bigint, data: string | Uint8Array, timestampMs: number | bigint) {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    try {
      return encodeFrame(
        { uid: this.uid, target: to, msgId, timestampMs: BigInt(timestampMs), data: bytes },
        this.#crc32,
      );
    } catch (cause) {
      throw new PolygeError("bad_argument", cause instanceof Error ? cause.message : "no frame", { cause });
    }
  }

  #ask(type: "watch" | "unwatch", uids: readonly number[]): void {
    for (const some of inMessages(uids)) this.#link?.tell({ type, uids: some });
  }

  #open(): void {
    if (this.#state === "closed" || this.#isFull) return;
    this.#become("opening");
    const { uid, token } = this.#renewal.session;
    const link = new Link(
      this.#socketClass,
      `${this.#socketUrl}/wsconn?uid=${uid}&token=${token}`,
      uid,
      this.#offerV2,
      this.#options,
      {
        opened: (limits) => this.#opened(link, limits),
        frame: (bytes, nth) => this.#receive(link, bytes, nth),
        message: (message) => this.#hear(message),
        ended: (end) => this.#ended(end),
      },
    );
    this.#link = link;
  }

  #opened(link: Link, limits: Limits | undefined): void {
    this.#unopened = 0;
    this.#openedMs = performance.now();
    this.#hadV2 ||= link.isV2;
    this.#become(link.isV2 ? "v2" : "plain");
    this.#ask("watch", this.#watched.all);
    this.#outbox.attach({ ...(limits ?? PLAIN_LIMITS), acks: link.isV2, write: (frame) => link.write(frame) });
  }

  #receive(link: Link, bytes: Uint8Array, nth: number): void {
    const frame = decodeFrame(bytes, this.#crc32);
    if (typeof frame === "string") {
      this.#events.emit("error", new PolygeError("bad_frame", `a frame came damaged: ${frame}`));
      // The server has it whole, and sends it again on the next socket; a plain one has confirmed it already.
      if (link.isV2) link.drop();
      return;
    }
    const isRepeat = this.#repeats.isRepeat(frame.uid, frame.msgId);
    this.#inbox.put({ message: isRepeat ? undefined : new Message(frame), processed: () => link.processed(nth) });
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case "ack":
        this.#outbox.acked(message.msgId, message.status);
        return void this.#events.emit("ack", { ...message, msgId: BigInt(message.msgId) });
      case "nack":
        return this.#outbox.refused(message.msgId, message.code);
      case "presence":
        if (this.#watched.has(message.uid)) this.#events.emit("presence", { uid: message.uid, online: message.online });
        return;
      case "typing":
        return void this.#events.emit("typing", { from: message.from });
      case "read":
        return void this.#events.emit("read", { by: message.by, msgId: BigInt(message.msgId) });
      case "error":
        return void this.#events.emit(
          "error",
          new PolygeError(message.code === "bad_message" ? "bad_argument" : message.code, message.msg),
        );
    }
  }

  #ended({ opened, code, retryAfterMs, refusedV2 }: LinkEnd): void {
    this.#link = undefined;
    this.#outbox.detach();
    if (this.#state === "closed") return;
    // Closed from here.
    if (this.#isFull) return this.#become("waiting");
    const verdict = opened ? verdictOf(code) : undefined;
    if (verdict) return this.#finish(new PolygeError(verdict, `the server closed with ${code}`, { closeCode: code }));
    if (refusedV2 && this.#options.mode === "v2") {
      return this.#finish(new PolygeError("no_v2", "the socket was taken without polyge.v2"));
    }
    if (opened && performance.now() - this.#openedMs >= GOOD_MS) this.#failures = 0;
    if (!opened) this.#unopened++;
    if (this.#options.mode === "auto") this.#offerV2 = !this.#plainIsNext(refusedV2);
    this.#become("waiting");
    this.#timer = setTimeout(() => void this.#again(), pauseMs(this.#failures++, retryAfterMs, this.#options.retry));
  }

  /**
   * Browsers do not say why an attempt failed, and refuse a socket that was taken without what was offered. Whoever has had
   * polyge.v2 is not talked out of it by a bad moment: what was promised on it would not hold on a plain socket.
   */
  #plainIsNext(refusedV2: boolean): boolean {
    return !this.#hadV2 && (refusedV2 || this.#unopened % DOUBT_AFTER === PLAIN_AFTER);
  }

  /** The next attempt; before it a new token where the old one is old, or may be the reason why nothing opens. */
  async #again(): Promise<void> {
    if (this.#renewal.due || (this.#unopened > 0 && this.#unopened % DOUBT_AFTER === 0)) await this.#renewal.renew();
    this.#open();
  }

  /** The application does not keep up. What it has no room for stays with the server, but not where a pong has confirmed it. */
  #pause(): void {
    if (!this.#link?.isV2) return;
    this.#isFull = true;
    this.#link.close();
  }

  #resume(): void {
    this.#isFull = false;
    if (this.#state === "waiting") this.#open();
  }

  #become(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.emit("state", state);
  }

  #finish(error: PolygeError | undefined): void {
    if (this.#state === "closed") return;
    this.#become("closed");
    clearTimeout(this.#timer);
    this.#renewal.stop();
    this.#link?.close();
    this.#outbox.fail(error ?? new PolygeError("closed", "the connection was closed"));
    this.#inbox.end(error, this.#hadV2);
    this.#events.emit("closed", error);
  }
}
