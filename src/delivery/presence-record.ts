import type { Logger } from "pino";
import type { PresenceRows } from "../store/presence.ts";
import type { Recipient } from "./recipient.ts";
import type { Recipients } from "./recipients.ts";

/** Comings and goings are written down this long after the first of a batch, in ms. */
const WRITE_MS = 50;
/** How often a node gives a sign of life, and looks for nodes that give none, in ms. */
const ALIVE_MS = 10_000;
/** How often what is written down is compared with who is here, in ms. */
const COMPARE_MS = 60_000;
/** Who left is looked at again so long after, in ms, or up to twice as long: another node may have handed the user over. */
const AGAIN_MS = 1000;
/** After the database was away, in ms. */
const RETRY_MS = 1000;
/** Longest that a stop waits, in ms; the other nodes clear what is left. */
const STOP_MS = 1500;

/**
 * Writes down in the database who is online on this node, for the calls that show it. Behind, in batches: nobody waits for
 * it, and a user who comes and goes meanwhile is written once. What waits is one entry for each user who came or went since
 * the database was last there, so no more than it let in.
 */
export class PresenceRecord {
  readonly #rows: PresenceRows;
  readonly #node: string;
  readonly #recipients: Recipients;
  readonly #log: Logger;
  /** Users who came or went, and where those who went still are. */
  #changed = new Map<number, string | undefined>();
  /** Users who left in this second, and in the one before. */
  #leftNow: number[] = [];
  #leftBefore: number[] = [];
  #writing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failing = false;
  #stopped = false;
  readonly #againTimer: ReturnType<typeof setInterval> | undefined;
  readonly #aliveTimer = setInterval(() => void this.#live(), ALIVE_MS).unref();
  readonly #compareTimer = setInterval(() => void this.#compare(), COMPARE_MS).unref();

  /** @param node this one's name, and whether there can be no other */
  constructor(
    rows: PresenceRows,
    { node, alone }: { readonly node: string; readonly alone: boolean },
    recipients: Recipients,
    log: Logger,
  ) {
    this.#rows = rows;
    this.#node = node;
    if (!alone) this.#againTimer = setInterval(() => this.#lookAgain(), AGAIN_MS).unref();
    this.#recipients = recipients;
    this.#log = log;
    void this.#live();
  }

  /** A user's first socket here opened. */
  came(uid: number): void {
    this.#note(uid);
  }

  /** The last one ended. */
  left({ uid, elsewhere }: Recipient): void {
    this.#note(uid, elsewhere.keys().next().value);
    if (this.#againTimer !== undefined) this.#leftNow.push(uid);
  }

  /** Nobody is online here any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#againTimer);
    clearInterval(this.#aliveTimer);
    clearInterval(this.#compareTimer);
    const cleared = async () => {
      await this.#writing;
      // Who has a socket on another node is online there, and does not wait for that one to compare.
      const { moved } = this.#sightings([...this.#changed]);
      await this.#try(async () => {
        if (moved.size > 0) await this.#rows.write(this.#node, { came: [], left: [], moved });
        await this.#rows.clear(this.#node);
      });
    };
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, STOP_MS);
    await Promise.race([cleared(), late.promise]);
    clearTimeout(timer);
  }

  /** @param elsewhere another node that the user has a socket on */
  #note(uid: number, elsewhere?: string): void {
    this.#changed.set(uid, elsewhere);
    if (this.#writing === undefined) this.#timer ??= setTimeout(() => this.#write(), WRITE_MS);
  }

  #write(): void {
    this.#timer = undefined;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#changed.size > 0 && !this.#stopped) {
      const batch = [...this.#changed].slice(0, this.#rows.largestBatch);
      for (const [uid] of batch) this.#changed.delete(uid);
      if (await this.#try(() => this.#rows.write(this.#node, this.#sightings(batch)))) continue;
      for (const [uid, elsewhere] of batch) if (!this.#changed.has(uid)) this.#changed.set(uid, elsewhere);
      if (!this.#stopped) this.#timer = setTimeout(() => this.#write(), RETRY_MS).unref();
      return;
    }
  }

  #sightings(batch: readonly [number, string | undefined][]) {
    const came: number[] = [];
    const left: number[] = [];
    const moved = new Map<number, string>();
    for (const [uid, elsewhere] of batch) {
      if (this.#recipients.has(uid)) came.push(uid);
      else if (elsewhere !== undefined) moved.set(uid, elsewhere);
      else left.push(uid);
    }
    return { came, left, moved };
  }

  async #live(): Promise<void> {
    await this.#try(async () => {
      await this.#rows.alive(this.#node);
      await this.#rows.clearDead(this.#node);
    });
  }

  /** A user whose last two sockets close at once, on two nodes, may be handed over to where there is none any more. */
  #lookAgain(): void {
    for (const uid of this.#leftBefore) this.#note(uid);
    this.#leftBefore = this.#leftNow;
    this.#leftNow = [];
  }

  /** Another node may have taken this one for dead, or have handed over a user who had left here just then. */
  async #compare(): Promise<void> {
    const size = this.#rows.largestBatch;
    const here = Array.from(this.#recipients, ({ uid }) => uid);
    await this.#try(async () => {
      for (let at = 0; at < here.length; at += size) {
        const some = here.slice(at, at + size);
        const online = await this.#rows.onlineAmong(some);
        for (const uid of some) if (!online.has(uid)) this.#note(uid);
      }
      for (let after = 0; ; ) {
        const written = await this.#rows.onlineAt(this.#node, after);
        for (const uid of written) if (!this.#recipients.has(uid) && !this.#changed.has(uid)) this.#note(uid);
        if (written.length < size) return;
        after = written.at(-1)!;
      }
    });
  }

  /** @returns false: the database is away, which is logged once */
  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      if (this.#failing) this.#log.info("who is online is written down again");
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing && !this.#stopped) this.#log.warn({ err: error }, "who is online cannot be written down");
      this.#failing = true;
      return false;
    }
  }
}
