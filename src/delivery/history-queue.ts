/** Frames on their way into the history: written behind, in batches, in bounded memory; the relay waits for none of it. */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { hasMsgId } from "../protocol/frame.ts";
import { StoreUnavailable } from "../store/failures.ts";
import type { History, NewMessage } from "../store/history.ts";
import { FrameLog } from "./frame-log.ts";

/** A batch is written this long after its first frame came, in ms. */
const FLUSH_MS = 100;
/** One batch carries no more than this, or one frame if that is larger; the embedded database holds sockets up meanwhile. */
const BATCH_BYTES = 2 << 20;
const EMBEDDED_BATCH_BYTES = 128 << 10;
/** After a batch the queue rests for so many times as long as it took, so that a flood leaves the relay its time. */
const REST = 3;
const EMBEDDED_REST = 9;
/** The same while frames are being left out: more are relayed than any database takes, and the relay's time goes first. */
const FLOOD_REST = 40;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** A batch that the database rejects, and not for being away, is tried so often: an account may have ended in between. */
const REJECTIONS = 3;
/** How often the log says that frames are dropped, in ms. */
const COMPLAINT_MS = 60_000;

interface Waiter {
  readonly upTo: number;
  readonly resolve: () => void;
}

export class HistoryQueue {
  readonly #history: History;
  readonly #mailboxes: () => Promise<void>;
  readonly #maxBytes: number;
  readonly #log: Logger;
  readonly #frames = new FrameLog({ bytes: 0 });
  /** Frames that were not accepted after all: by the time they are written it is known of every one. */
  readonly #refused = new WeakSet<Uint8Array>();
  readonly #waiters = new Set<Waiter>();
  #running = false;
  #stopping = false;
  #over = false;
  #wake = () => {};
  #abandon = () => {};
  #failing = false;
  #complainedMs = Number.NEGATIVE_INFINITY;
  #complainedOf = 0;
  /** Frames since the start: in the database, and left out since it could not keep up or refused them. */
  written = 0;
  dropped = 0;

  /**
   * @param mailboxes resolves when all that waits for mailboxes now is stored or refused
   * @param maxBytes of frames that wait, `HOLDING_COST_BYTES` a frame included; past it frames are left out
   */
  constructor(history: History, mailboxes: () => Promise<void>, maxBytes: number, log: Logger) {
    this.#history = history;
    this.#mailboxes = mailboxes;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  /** Frames that wait. */
  get frames(): number {
    return this.#frames.end - this.#frames.base;
  }

  /** Bytes that they hold. */
  get bytes(): number {
    return this.#frames.bytes;
  }

  /** Keeps an accepted frame, if there is room. The hot path: by reference, without an allocation but the log's growth. */
  take(frame: Buffer): void {
    if (this.#frames.bytes >= this.#maxBytes) {
      this.dropped++;
      return;
    }
    this.#frames.push(frame);
    if (!this.#running) this.#start();
  }

  /** The frame was not accepted after all: its target has no room, or does not exist. */
  refused(frame: Uint8Array): void {
    this.#refused.add(frame);
  }

  /** Waits until what was taken before now is written, at most so many ms. */
  async settled(limitMs: number): Promise<void> {
    if (this.frames === 0) return;
    const written = Promise.withResolvers<void>();
    const waiter = { upTo: this.#frames.end, resolve: written.resolve };
    this.#waiters.add(waiter);
    const timer = setTimeout(written.resolve, limitMs);
    await written.promise;
    clearTimeout(timer);
    this.#waiters.delete(waiter);
  }

  /** Writes what waits without a rest; what is not written within so many ms is left out. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.settled(limitMs);
    this.#over = true;
    this.#abandon();
    this.#wake();
    this.dropped += this.frames;
    this.#frames.dropBefore(this.#frames.end);
    this.#complain();
  }

  #start(): void {
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    await this.#pause(FLUSH_MS);
    while (this.frames > 0 && !this.#over) {
      const started = performance.now();
      const { dropped } = this;
      await this.#writeBatch();
      for (const waiter of this.#waiters) if (waiter.upTo <= this.#frames.base) waiter.resolve();
      if (performance.now() - this.#complainedMs > COMPLAINT_MS) this.#complain();
      await this.#pause((performance.now() - started) * this.#rest(this.dropped > dropped));
    }
    this.#running = false;
  }

  #rest(flood: boolean): number {
    if (flood) return FLOOD_REST;
    return this.#history.onThisThread ? EMBEDDED_REST : REST;
  }

  async #writeBatch(): Promise<void> {
    const frames = this.#nextBatch();
    const end = this.#frames.base + frames.length;
    await this.#mailboxesSettled();
    const batch = frames.filter((frame) => !this.#refused.has(frame)).map(messageOf);
    const written = await this.#insist(batch);
    // Those are counted by then.
    if (this.#over) return;
    if (written) this.written += batch.length;
    else this.dropped += batch.length;
    this.#frames.dropBefore(end);
  }

  /**
   * Waits until what waits for mailboxes now is stored or refused, or for the end of the stop. Not by a race with one promise
   * of that end: each race would stay with it, some 130 bytes for every batch.
   */
  #mailboxesSettled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#abandon = resolve;
    void this.#mailboxes().then(resolve);
    return promise;
  }

  #nextBatch(): Buffer[] {
    const most = this.#history.onThisThread ? EMBEDDED_BATCH_BYTES : BATCH_BYTES;
    const end = Math.min(this.#frames.end, this.#frames.base + this.#history.largestBatch);
    const batch: Buffer[] = [];
    let bytes = 0;
    for (let seq = this.#frames.base; seq < end; seq++) {
      const frame = this.#frames.at(seq);
      bytes += frame.length;
      if (bytes > most && batch.length > 0) break;
      batch.push(frame);
    }
    return batch;
  }

  /** Tries until the database has it. @returns false where it refuses, or the queue is stopped */
  async #insist(batch: readonly NewMessage[]): Promise<boolean> {
    let rejections = 0;
    for (let pause = FIRST_RETRY_MS; !this.#over; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
      try {
        if (batch.length > 0) await this.#history.append(batch);
        this.#noteSuccess();
        return true;
      } catch (error) {
        this.#noteFailure(error);
        if (!(error instanceof StoreUnavailable) && ++rejections === REJECTIONS) return false;
        await this.#pause(pause);
      }
    }
    return false;
  }

  #noteSuccess(): void {
    if (this.#failing) this.#log.info({ waiting: this.frames }, "the database takes the history again");
    this.#failing = false;
  }

  #noteFailure(error: unknown): void {
    if (!this.#failing) {
      this.#log.error({ err: error, waiting: this.frames }, "the database does not take the history; it waits");
    }
    this.#failing = true;
  }

  #complain(): void {
    const frames = this.dropped - this.#complainedOf;
    if (frames === 0) return;
    this.#log.warn({ frames }, "more frames than the database takes: some are left out of the history");
    this.#complainedMs = performance.now();
    this.#complainedOf = this.dropped;
  }

  /** Ends early when the queue is being stopped; while it tries to reach the database, only at the end of the stop. */
  async #pause(ms: number): Promise<void> {
    if (this.#stopping && !this.#failing) return;
    const over = Promise.withResolvers<void>();
    this.#wake = over.resolve;
    const timer = setTimeout(over.resolve, ms);
    await over.promise;
    clearTimeout(timer);
  }
}

/**
 * A frame that has an id is the same message as another only if every byte is: it was sent again, perhaps to another node.
 * One without is always another message; its fingerprint is drawn before the first attempt to write it, and kept.
 */
const messageOf = (frame: Buffer): NewMessage => ({
  frame,
  fingerprint: hasMsgId(frame) ? BigInt.asIntN(64, BigInt(Bun.hash(frame))) : randomBytes(8).readBigInt64BE(),
});
