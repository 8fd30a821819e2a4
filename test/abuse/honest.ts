/** Those who only want to talk: pairs that write at a fixed pace, and a newcomer who connects now and then. */
import { encodeFrame, readUid } from "../../src/protocol/frame.ts";
import { type Address, type Login, Wire } from "../faults/harness/wire.ts";
import { holdsWithin } from "../support/until.ts";

/** Users for each pair, and one for the newcomer. */
export const PAIRS = 20;
export const HONEST = 2 * PAIRS + 1;
/** A frame of each pair every so many ms. */
const PACE_MS = 200;
const NEWCOMER_MS = 250;
const RETRY_MS = 100;
/** Longest until what was sent has arrived once the attack is over. */
const SETTLE_MS = 20_000;
const MSG_ID_OFFSET = 16;
const DATA = Buffer.alloc(80);

/** What a percentile is taken of, in ms. */
export class Times {
  readonly #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** @returns NaN where there are none */
  at(share: number): number {
    const sorted = this.#ms.toSorted((a, b) => a - b);
    return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
  }
}

/** One who writes to another; frames unacked are sent again when a connection was lost. */
class Pair {
  readonly #at: Address;
  readonly #sender: Login;
  readonly #receiver: Login;
  readonly #times: Times;
  readonly #kept = new Map<number, Uint8Array>();
  /** When each frame was due, until it came. */
  readonly #due = new Map<number, number>();
  readonly #wires = new Set<Wire>();
  #writing: Wire | undefined;
  /** No message id of an earlier pair of these two: the server would take it for sent again. */
  #next = Date.now() * 1000;
  #over = false;
  #listening = false;
  sent = 0;
  /** Connections that ended while they were wanted. */
  dropped = 0;

  constructor(at: Address, sender: Login, receiver: Login, times: Times) {
    this.#at = at;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#times = times;
    this.#listen();
    this.#speak();
  }

  get ready(): boolean {
    return this.#listening && this.#writing !== undefined;
  }

  /** Frames that have not arrived. */
  get missing(): number {
    return this.#due.size;
  }

  /** @param dueMs when it was to be sent, whatever kept the sender */
  send(dueMs: number): void {
    const msgId = ++this.#next;
    const fields = { uid: this.#sender.uid, target: this.#receiver.uid, msgId: BigInt(msgId), timestampMs: 0n };
    const frame = encodeFrame({ ...fields, data: DATA }, Bun.hash.crc32);
    this.#kept.set(msgId, frame);
    this.#due.set(msgId, dueMs);
    this.sent++;
    this.#writing?.send(frame);
  }

  leave(): void {
    this.#over = true;
    for (const wire of this.#wires) wire.cut();
  }

  #listen(): void {
    this.#open(this.#receiver, false, {
      open: () => {
        this.#listening = true;
      },
      binary: (payload: Buffer) => {
        const msgId = readUid(payload, MSG_ID_OFFSET);
        const due = this.#due.get(msgId);
        if (due === undefined) return;
        this.#due.delete(msgId);
        this.#times.add(performance.now() - due);
      },
      end: () => this.#listen(),
    });
  }

  #speak(): void {
    this.#open(this.#sender, true, {
      open: (wire: Wire) => {
        this.#writing = wire;
        for (const frame of this.#kept.values()) wire.send(frame);
      },
      text: (text: string) => {
        const { type, msgId } = JSON.parse(text);
        if (type === "ack") this.#kept.delete(Number(msgId));
      },
      end: () => {
        this.#writing = undefined;
        this.#speak();
      },
    });
  }

  #open(login: Login, v2: boolean, events: ConstructorParameters<typeof Wire>[3] & { end(): void }): void {
    const wire = new Wire(this.#at, login, v2, {
      ...events,
      end: () => {
        this.#wires.delete(wire);
        if (this.#over) return;
        this.dropped++;
        // Time: a client pauses before it connects again.
        setTimeout(() => this.#over || events.end(), RETRY_MS);
      },
    });
    this.#wires.add(wire);
  }
}

export class Honest {
  readonly #pairs: readonly Pair[];
  readonly #at: Address;
  readonly #newcomer: Login;
  #newcomers: Timer | undefined;
  #settling = false;
  /** From when a frame was due to its arrival. */
  readonly frames = new Times();
  /** From connecting to an open socket. */
  readonly connects = new Times();
  /** Times that the newcomer was turned away. */
  turnedAway = 0;

  /** @param logins `HONEST` of them */
  constructor(at: Address, logins: readonly Login[]) {
    this.#at = at;
    this.#pairs = Array.from(
      { length: PAIRS },
      (_, i) => new Pair(at, logins[2 * i]!, logins[2 * i + 1]!, this.frames),
    );
    this.#newcomer = logins[2 * PAIRS]!;
  }

  get ready(): boolean {
    return this.#pairs.every(({ ready }) => ready);
  }

  get sent(): number {
    return this.#pairs.reduce((sum, { sent }) => sum + sent, 0);
  }

  get lost(): number {
    return this.#pairs.reduce((sum, { missing }) => sum + missing, 0);
  }

  get dropped(): number {
    return this.#pairs.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  start(): void {
    const started = performance.now();
    for (const [i, pair] of this.#pairs.entries()) this.#pace(pair, started + ((i + 1) * PACE_MS) / PAIRS);
    // Time: the pace of newcomers.
    this.#newcomers = setInterval(() => this.#connect(), NEWCOMER_MS);
  }

  /** Nobody writes any more; waits until all has arrived, or it has taken too long. */
  async settle(): Promise<void> {
    this.#settling = true;
    clearInterval(this.#newcomers);
    await holdsWithin(SETTLE_MS, () => this.lost === 0);
  }

  leave(): void {
    for (const pair of this.#pairs) pair.leave();
  }

  /** Sends what is due, however late, and waits for the next. */
  #pace(pair: Pair, dueMs: number): void {
    // Time: the pace of the frames.
    setTimeout(
      () => {
        if (this.#settling) return;
        pair.send(dueMs);
        this.#pace(pair, dueMs + PACE_MS);
      },
      Math.max(dueMs - performance.now(), 0),
    );
  }

  #connect(): void {
    const started = performance.now();
    let opened = false;
    new Wire(this.#at, this.#newcomer, false, {
      open: (wire) => {
        opened = true;
        this.connects.add(performance.now() - started);
        wire.close();
      },
      end: () => {
        if (!opened) this.turnedAway++;
      },
    });
  }
}
