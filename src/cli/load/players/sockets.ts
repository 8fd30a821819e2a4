/**
 * One client process's sockets: opens them, opens them again when they end, and hands over what they receive. A socket's
 * slot is its member's place in this process.
 */
import { SUBPROTOCOL } from "../../../protocol/messages.ts";
import { nowMicroseconds } from "../engine/clock.ts";
import { Connection, type ConnectionEvents } from "../engine/connection.ts";
import { sourceAddress } from "../engine/source-address.ts";
import { type Books, tick } from "./books.ts";
import type { Part } from "./orders.ts";

/** Upgrades under way at once, in this process: a few processes together stay below a server's listen queue of 512. */
const OPENING_AT_ONCE = 50;
/** Between tries of one socket, in ms, each time twice as long, with jitter: a restarted server is not stampeded. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
/** Tries of `openAll`; after that a socket goes on trying by itself. */
const ATTEMPTS = 5;
/** A server that has not answered by then will not. */
const UPGRADE_MS = 10_000;
const CLOSE_WAIT_MS = 3000;
/** A `polyge.v2` client confirms at most this often. */
const GOT_EVERY_MS = 100;

export interface SocketEvents {
  frame(slot: number, frame: Uint8Array): void;
  text(slot: number, text: string): void;
  /** All frames of one read have been handed over. */
  readDone(slot: number): void;
}

export class Sockets {
  /** By slot; undefined: not open. */
  readonly connections: (Connection | undefined)[];
  /** When each was opened last, µs since 1970. */
  readonly openedUs: Float64Array;
  private readonly part: Part;
  private readonly books: Books;
  private readonly urls: URL[];
  private readonly events: ConnectionEvents;
  /** Slots that should be open: one that ends by itself is opened again. */
  private readonly wanted = new Set<number>();
  /** Slots of which an upgrade is under way. */
  private readonly opening = new Set<number>();
  /** Called when a socket that was closed here has ended. */
  private readonly leaving = new Map<Connection, () => void>();
  private readonly unconfirmed = new Set<Connection>();
  private closing = false;

  constructor(part: Part, books: Books, { frame, text, readDone }: SocketEvents) {
    this.part = part;
    this.books = books;
    this.urls = part.urls.map((url) => new URL(url));
    this.connections = new Array(part.members.length);
    this.openedUs = new Float64Array(part.members.length);
    this.events = {
      onOpen: ({ tag }) => {
        this.openedUs[tag] = nowMicroseconds();
      },
      onMessage: (connection, bytes, from, to) => frame(connection.tag, bytes.subarray(from, to)),
      onBinaries: (connection) => {
        if (part.acks) this.unconfirmed.add(connection);
        readDone(connection.tag);
      },
      onText: (connection, message) => text(connection.tag, message),
      onEnd: (connection) => this.gone(connection),
    };
    if (part.acks) setInterval(() => this.confirm(), GOT_EVERY_MS).unref();
  }

  /** Opens the slots; resolves when all are open or have failed some times, and goes on trying those. */
  async openAll(slots: readonly number[]): Promise<void> {
    let next = 0;
    const worker = async () => {
      while (next < slots.length && !this.closing) await this.openPatiently(slots[next++]!);
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, worker));
  }

  /** One try, unless another is under way. @returns whether it is open */
  async open(slot: number): Promise<boolean> {
    this.wanted.add(slot);
    if (this.connections[slot] !== undefined) return true;
    if (this.opening.has(slot)) return false;
    this.opening.add(slot);
    try {
      return await this.connect(slot);
    } finally {
      this.opening.delete(slot);
    }
  }

  private async connect(slot: number): Promise<boolean> {
    const { first, members, acks, insecure, run } = this.part;
    const url = this.urls[(first + slot) % this.urls.length]!;
    const options = {
      tag: slot,
      insecure,
      timeoutMs: UPGRADE_MS,
      localAddress: sourceAddress(url.hostname, first + slot, run),
      ...(acks && { protocol: SUBPROTOCOL }),
    };
    const startedUs = nowMicroseconds();
    try {
      const connection = await Connection.open(url, members[slot]!, this.events, options);
      this.books.connects++;
      const tookUs = this.openedUs[slot]! - startedUs;
      this.books.recentConnect.record(tookUs);
      this.books.connect.record(tookUs);
      if (connection.closeCode !== undefined) return false;
      this.connections[slot] = connection;
      this.books.open++;
      return true;
    } catch (error) {
      this.books.refused++;
      tick(this.books.refusals, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Closes a slot's socket and waits until it is gone; a server that does not answer is hung up on. */
  async leave(slot: number): Promise<void> {
    this.wanted.delete(slot);
    const connection = this.connections[slot];
    if (connection === undefined) return;
    this.confirm();
    // Nothing may be sent after the close frame: the server would not read it.
    this.connections[slot] = undefined;
    this.books.open--;
    const gone = Promise.withResolvers<void>();
    this.leaving.set(connection, gone.resolve);
    const timer = setTimeout(() => connection.terminate(), CLOSE_WAIT_MS);
    connection.close();
    await gone.promise;
    clearTimeout(timer);
  }

  /** Pings answered by the sockets that are open. */
  get pings(): number {
    return this.connections.reduce((total, connection) => total + (connection?.pings ?? 0), 0);
  }

  /** Closes every socket for good. */
  async closeAll(): Promise<void> {
    this.closing = true;
    await Promise.all(this.connections.map((_, slot) => this.leave(slot)));
  }

  private async openPatiently(slot: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.closing; attempt++) {
      if (await this.open(slot)) return;
      await Bun.sleep(pause(attempt));
    }
    void this.reopen(slot, ATTEMPTS);
  }

  private async reopen(slot: number, attempts: number): Promise<void> {
    for (let attempt = attempts; ; attempt++) {
      await Bun.sleep(pause(attempt));
      if (this.closing || !this.wanted.has(slot) || this.connections[slot] !== undefined) return;
      if (await this.open(slot)) return;
    }
  }

  private gone(connection: Connection): void {
    const slot = connection.tag;
    this.unconfirmed.delete(connection);
    this.books.pings += connection.pings;
    if (this.connections[slot] === connection) {
      this.connections[slot] = undefined;
      this.books.open--;
    }
    const left = this.leaving.get(connection);
    this.leaving.delete(connection);
    if (left !== undefined) return left();
    if (this.closing) return;
    this.books.ended++;
    tick(this.books.codes, String(connection.closeCode));
    if (this.wanted.has(slot)) void this.reopen(slot, 0);
  }

  /** Tells the server what `polyge.v2` sockets have received. */
  private confirm(): void {
    for (const connection of this.unconfirmed) {
      connection.sendText(`{"type":"got","n":${connection.reader.binaries}}`);
    }
    this.unconfirmed.clear();
  }
}

const pause = (attempt: number) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 8)) * (0.5 + Math.random());
