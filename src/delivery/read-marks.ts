/** Up to where people have read, on its way to the history. */
import type { Logger } from "pino";
import type { Conversations, ReadMark } from "../store/conversations.ts";
import type { HistoryQueue } from "./history-queue.ts";

/** What clients say on their sockets is noted this much later, in ms, all at once. */
const FLUSH_MS = 100;
/** Marks that may wait, one for each owner and peer; past it they are left out: the next one says more. */
const MOST_WAITING = 10_000;
const BATCH = 200;
/** A mark whose message is not there yet, since another node has yet to write it, is tried so often, so many ms apart. */
const ATTEMPTS = 5;
const RETRY_MS = 1000;
/** Longest that a mark waits for the frames that this node took before it, in ms. */
const WRITING_MS = 1000;

interface Waiting {
  readonly mark: ReadMark;
  attempts: number;
  /** Not to be tried before, on `performance.now`. */
  dueMs: number;
}

const MAX_U64 = 2n ** 64n - 1n;

/** @param msgId decimal, as the frame had it; undefined: all. Above 64 bits it is nobody's: undefined is returned */
function markOf(owner: number, peer: number, msgId: string | undefined): ReadMark | undefined {
  if (msgId === undefined) return { owner, peer, msgId };
  const id = BigInt(msgId);
  return id > MAX_U64 ? undefined : { owner, peer, msgId: BigInt.asIntN(64, id) };
}

export class ReadMarks {
  readonly #conversations: Conversations;
  readonly #queue: HistoryQueue;
  readonly #log: Logger;
  readonly #waiting = new Map<string, Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #failing = false;

  constructor(conversations: Conversations, queue: HistoryQueue, log: Logger) {
    this.#conversations = conversations;
    this.#queue = queue;
    this.#log = log;
  }

  /** The owner has read the peer's messages up to this one. Noted soon. */
  note(owner: number, peer: number, msgId: string): void {
    const mark = markOf(owner, peer, msgId);
    if (mark) this.#add(mark, { attempts: 0, dueMs: 0 });
  }

  /**
   * The same, or with undefined all of them. What this node took before is counted in.
   * @returns when it is noted, but for a message that is yet to be written
   * @throws StoreUnavailable
   */
  async mark(owner: number, peer: number, msgId: string | undefined): Promise<void> {
    const mark = markOf(owner, peer, msgId);
    if (!mark) return;
    await this.#queue.settled(WRITING_MS);
    for (const missing of await this.#conversations.markRead([mark])) {
      this.#add(missing, { attempts: 1, dueMs: performance.now() + RETRY_MS });
    }
  }

  /** Notes what waits, in one last attempt. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const all = [...this.#waiting.values()];
    for (let at = 0; at < all.length; at += BATCH) await this.#write(all.slice(at, at + BATCH));
  }

  #add(mark: ReadMark, when: Omit<Waiting, "mark">): void {
    const key = keyOf(mark);
    if (this.#waiting.size >= MOST_WAITING && !this.#waiting.has(key)) return;
    this.#waiting.set(key, { mark, ...when });
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS);
  }

  async #flush(): Promise<void> {
    const now = performance.now();
    const due = [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= now).slice(0, BATCH);
    if (due.length > 0) await this.#write(due);
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.#schedule();
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    let missing: ReadonlySet<ReadMark>;
    try {
      await this.#queue.settled(WRITING_MS);
      missing = new Set(await this.#conversations.markRead(batch.map(({ mark }) => mark)));
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, "what people have read cannot be noted; it waits");
      this.#failing = true;
      for (const each of batch) each.dueMs = performance.now() + RETRY_MS;
      return;
    }
    for (const each of batch) {
      each.attempts++;
      each.dueMs = performance.now() + RETRY_MS;
      const key = keyOf(each.mark);
      const over = !missing.has(each.mark) || each.attempts >= ATTEMPTS;
      // A newer mark may have taken its place meanwhile.
      if (over && this.#waiting.get(key) === each) this.#waiting.delete(key);
    }
  }
}

const keyOf = ({ owner, peer }: ReadMark) => `${owner} ${peer}`;
