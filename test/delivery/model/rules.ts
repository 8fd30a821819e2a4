import type { ServerMessage } from "../../../src/protocol/messages.ts";
import type { HeldSocket } from "./held-socket.ts";

const idOf = (frame: Uint8Array) => frame[23]!;

/** The promise, as rules that hold after every step of every run. */
export class Rules {
  readonly #committed: ReadonlySet<Uint8Array>;
  /** Ids of frames, in the order in which the server took them. */
  readonly #accepted: number[] = [];
  /** Ids of frames that the server was truly told of by a client that has them. */
  readonly #confirmed = new Set<number>();
  readonly #late = new Set<number>();
  /** What was confirmed when a socket opened: it must not get that again. */
  readonly #before = new Map<HeldSocket, ReadonlySet<number>>();
  readonly #acks = new Set<string>();
  /** A batch is, or will be, on disk twice. */
  repeatsStored = false;
  /** Frames taken before a stop began; later ones are for the mailbox. */
  #sealedAt = Number.POSITIVE_INFINITY;
  #broken: string | undefined;

  constructor(committed: ReadonlySet<Uint8Array>) {
    this.#committed = committed;
  }

  /** For where throwing would be caught by the code under test. */
  broken(rule: string): void {
    this.#broken ??= rule;
  }

  accepted(frame: Uint8Array): void {
    this.#accepted.push(idOf(frame));
  }

  confirmed(frame: Uint8Array): void {
    this.#confirmed.add(idOf(frame));
  }

  /** Told when a stop had already handed the frame over: it is delivered, and comes again all the same. */
  confirmedLate(frame: Uint8Array): void {
    if (!this.#confirmed.has(idOf(frame))) this.#late.add(idOf(frame));
    this.confirmed(frame);
  }

  opens(socket: HeldSocket): void {
    this.#before.set(socket, this.#confirmed.difference(this.#late));
  }

  sealed(): void {
    this.#sealedAt = this.#accepted.length;
  }

  restarted(): void {
    this.#sealedAt = Number.POSITIVE_INFINITY;
  }

  answerLost(call: string): void {
    if (call.startsWith("append")) this.repeatsStored = true;
  }

  /** A socket is sent a frame. */
  sent(socket: HeldSocket, frame: Uint8Array): void {
    const id = idOf(frame);
    const wire = new Set(socket.frames.map(idOf));
    if (!this.repeatsStored) {
      if (wire.has(id)) this.broken(`socket ${socket.name} is sent f${id} twice`);
      if (this.#before.get(socket)!.has(id)) this.broken(`socket ${socket.name} is sent f${id}, confirmed long ago`);
    }
    if (this.#accepted.indexOf(id) >= this.#sealedAt)
      this.broken(`f${id} is sent during the stop that keeps it for later`);
    if (this.#confirmed.has(id)) return;
    for (const earlier of this.#accepted) {
      if (earlier === id) return;
      if (!wire.has(earlier) && !this.#confirmed.has(earlier)) {
        this.broken(`socket ${socket.name} is sent f${id} and not f${earlier}, which came before it`);
      }
    }
  }

  told(message: ServerMessage): void {
    if (message.type === "nack") return this.broken(`f${message.msgId} is refused: ${message.code}`);
    if (message.type !== "ack") return;
    this.#acks.add(`${message.msgId} ${message.status}`);
    const id = Number(message.msgId);
    if (message.status === "delivered" && !this.#confirmed.has(id)) {
      this.broken(`f${id} is said to be delivered, and no client has confirmed it`);
    }
    if (message.status === "stored" && ![...this.#committed].some((frame) => idOf(frame) === id)) {
      this.broken(`f${id} is said to be stored, and is not on disk`);
    }
  }

  /** After each step. */
  check(sockets: readonly HeldSocket[]): void {
    for (const { subscriber, name, v2, frames, appetite } of sockets) {
      const { recipient, state, cursor } = subscriber;
      if (state === "gone") continue;
      if (recipient.log.base > cursor) this.broken(`the log lost what ${name} has yet to be sent`);
      if (state === "live") {
        for (let seq = recipient.confirmed; seq < cursor; seq++) {
          if (!frames.includes(recipient.log.at(seq))) this.broken(`${name} is live and was not sent log frame ${seq}`);
        }
        if (cursor < recipient.sentEnd && !recipient.flushing)
          this.broken(`${name} is live and is not brought up to date`);
      }
      const brought = state === "live" || cursor >= recipient.sentEnd;
      const asked = v2 || subscriber.pingId !== 0 || recipient.ping !== "none";
      if (brought && subscriber.hasUnconfirmed && !asked && appetite !== "full") {
        this.broken(`${name} has something unconfirmed and no ping will ask for it`);
      }
    }
    if (this.#broken !== undefined) throw new Error(this.#broken);
  }

  /** When a last socket has been brought up to date. */
  end(senderListens: boolean): void {
    for (const id of this.#accepted) {
      if (!this.#confirmed.has(id)) throw new Error(`f${id} is lost`);
      if (senderListens && id < 20 && !this.#acks.has(`${id} delivered`)) {
        throw new Error(`the sender of f${id} is never told that it was delivered`);
      }
    }
  }

  fingerprint(): string {
    const before = [...this.#before.values()].map((ids) => [...ids].sort());
    const committed = [...this.#committed].map(idOf).sort();
    return JSON.stringify([
      this.#sealedAt,
      this.#accepted,
      [...this.#confirmed].sort(),
      before,
      [...this.#acks].sort(),
      committed,
    ]);
  }
}
