/**
 * What was said with somebody, as far as it is looked at: a window onto the history that moves as one scrolls, never larger
 * than `MOST`, whatever the length of the talk. Messages that arrive extend it while it reaches to the end.
 */
import { signal } from "@preact/signals";
import { type HistoryRange, type KeptMessage, PolygeError } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";
import { type Entry, entryOfKept } from "./entry.ts";
import { ordered } from "./order.ts";
import type { Sender } from "./sender.ts";

/** Messages asked for at a time. */
const PAGE = 60;
/** Messages in the window. */
export const MOST = 240;

/** Messages that came last, since the history has them a moment later; fewer than a page, so that their place is its end. */
const RECENT = 30;

/** Before the history is asked again for what it did not have yet. */
const BEHIND_MS = 1000;

export type Loading = "first" | "older" | "newer";

export class Talk {
  /** Oldest first. */
  readonly entries = signal<readonly Entry[]>([]);
  readonly atStart = signal(false);
  readonly atEnd = signal(true);
  readonly loading = signal<Loading | undefined>(undefined);
  /** Why loading failed: any error. */
  readonly problem = signal<unknown>(undefined);
  /** Messages that came and are not in sight. */
  readonly missed = signal(0);
  /** The view is at the end of the window, so what is oldest may go. */
  isFollowed = true;
  /** In the history up to this id the peer has read one's own. */
  #peerRead = 0;
  #opened = false;
  /** When the peer wrote the last of what the history had at the start: what the mailbox still brings of it is not new. */
  #historyEndMs = 0;
  #recent: Entry[] = [];

  constructor(
    readonly me: number,
    readonly peer: number,
    readonly asUser: AsUser,
    readonly sender: Sender,
  ) {
    this.entries.value = sender.waitingFor(peer);
  }

  /** Loads the newest, once. */
  async open(): Promise<void> {
    if (!this.#opened) await this.latest();
  }

  /** After a failure. */
  async again(): Promise<void> {
    await (this.#opened ? this.older() : this.latest());
  }

  async latest(): Promise<void> {
    await this.#load("first", async () => {
      const { items, next } = await this.#history({ limit: PAGE });
      this.#opened = true;
      this.atStart.value = next === null;
      this.atEnd.value = true;
      this.missed.value = 0;
      const kept = this.#entriesOf(items);
      this.#historyEndMs = Math.max(
        0,
        ...kept.filter(({ from }) => from === this.peer).map(({ timestampMs }) => timestampMs),
      );
      const live = this.entries.value.filter(({ id }) => id === undefined);
      this.#set(this.#withinPlaces(ordered([...live, ...this.#newest()], kept)).slice(-MOST));
    });
  }

  async older(): Promise<void> {
    const [first] = this.entries.value;
    // Before it is opened, what is here came by itself, and nobody knows what lies before it.
    if (!this.#opened || this.atStart.value || !first) return;
    await this.#load("older", async () => {
      await this.#learnPlaces(first);
      // The history is behind. `loading` stays as it is, so nothing asks again meanwhile.
      if (first.id === undefined) return new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
      const { items, next } = await this.#history({ before: first.id, limit: PAGE });
      const all = ordered(this.entries.value, this.#entriesOf(items));
      this.atStart.value = next === null;
      if (all.length > MOST) this.atEnd.value = false;
      this.#set(all.slice(0, MOST));
    });
  }

  async newer(): Promise<void> {
    if (this.atEnd.value) return;
    const last = this.entries.value.findLast(({ id }) => id !== undefined)?.id;
    if (last === undefined) return this.latest();
    await this.#load("newer", async () => {
      const { items, next } = await this.#history({ after: last, limit: PAGE });
      let all = ordered(this.entries.value, this.#entriesOf(items));
      if (next === null) {
        this.atEnd.value = true;
        this.missed.value = 0;
        all = ordered(all, this.#newest());
      }
      if (all.length > MOST) this.atStart.value = false;
      this.#set(all.slice(-MOST));
    });
  }

  /** What other connections of this user sent or took while this one was away. */
  async catchUp(): Promise<void> {
    if (!this.#opened || !this.atEnd.value) return;
    const last = this.entries.value.findLast(({ id }) => id !== undefined)?.id;
    if (last === undefined) return this.latest();
    const page = await this.#history({ after: last, limit: PAGE }).catch(() => undefined);
    if (!page) return;
    if (page.next !== null) return this.latest();
    this.#add(this.#entriesOf(page.items));
  }

  /** Messages that have just come, or are just written; oldest first. */
  arrive(fresh: readonly Entry[]): void {
    this.#recent = [...this.#recent, ...fresh].slice(-RECENT);
    const isMissed = ({ from, timestampMs }: Entry) => from !== this.me && timestampMs > this.#historyEndMs;
    if (!this.isFollowed) this.missed.value += fresh.filter(isMissed).length;
    if (this.atEnd.value && (this.isFollowed || this.entries.value.length + fresh.length <= MOST))
      return this.#add(fresh);
    // What the view looks at must not go, so the end of the window stays where it is.
    this.atEnd.value = false;
  }

  /** @param is the view is at the end of the window, and the window at that of the talk */
  follow(is: boolean): void {
    this.isFollowed = is;
    if (is) this.missed.value = 0;
  }

  /** The peer has read one's own messages, up to this one. */
  readUpTo(msgId: bigint): void {
    const at = this.entries.value.findLastIndex((entry) => entry.from === this.me && entry.msgId === msgId);
    for (const entry of this.entries.value.slice(0, at + 1)) this.#isRead(entry);
  }

  /** The same, as the history has it. */
  readUpToId(id: number): void {
    this.#peerRead = Math.max(this.#peerRead, id);
    for (const entry of this.entries.value) if (entry.id !== undefined && entry.id <= id) this.#isRead(entry);
  }

  acked(msgId: bigint, status: "stored" | "delivered"): boolean {
    const entry = this.entries.value.findLast((each) => each.from === this.me && each.msgId === msgId);
    entry?.reached(status);
    return entry !== undefined;
  }

  discard(entry: Entry): void {
    this.sender.discard(entry);
    this.#recent = this.#recent.filter((each) => each !== entry);
    this.#set(this.entries.value.filter((each) => each !== entry));
  }

  #history(range: HistoryRange) {
    return this.asUser((server, session) => server.history(session, this.peer, range));
  }

  /** What came live does not know its place in the history: read back from its end, as far as this one. */
  async #learnPlaces(oldest: Entry): Promise<void> {
    const byKey = new Map(this.entries.value.map((entry) => [entry.key, entry]));
    let before: number | undefined;
    for (let pages = 0; oldest.id === undefined && pages < MOST / PAGE + 1; pages++) {
      const range = { limit: PAGE, ...(before !== undefined && { before }) };
      const { items, next } = await this.#history(range);
      for (const { key, id } of this.#entriesOf(items)) {
        const entry = byKey.get(key);
        if (entry) entry.id ??= id;
      }
      if (next === null) break;
      before = next;
    }
  }

  /** What the history may not have yet. */
  #newest(): Entry[] {
    return [...this.#recent, ...this.sender.waitingFor(this.peer)];
  }

  #isRead(entry: Entry): void {
    if (entry.from === this.me && entry.fate.value !== "failed" && entry.fate.value !== "sending")
      entry.reached("read");
  }

  #add(fresh: readonly Entry[]): void {
    const all = this.#withinPlaces(ordered(this.entries.value, fresh));
    if (all.length > MOST && this.isFollowed) this.atStart.value = false;
    this.#set(this.isFollowed ? all.slice(-MOST) : all);
  }

  /** What the mailbox brings may be older than the window: it is there when one scrolls back. */
  #withinPlaces(entries: readonly Entry[]): readonly Entry[] {
    const first = entries.findIndex(({ id }) => id !== undefined);
    return this.atStart.value || first < 0 ? entries : entries.slice(first);
  }

  #set(entries: readonly Entry[]): void {
    this.entries.value = entries;
    this.readUpToId(this.#peerRead);
  }

  #entriesOf(kept: readonly KeptMessage[]): Entry[] {
    return kept.map((message) => entryOfKept(message, this.me));
  }

  async #load(what: Loading, work: () => Promise<void>): Promise<void> {
    if (this.loading.value !== undefined) return;
    this.loading.value = what;
    this.problem.value = undefined;
    try {
      await work();
    } catch (error) {
      // A server that keeps no history has nothing older to show.
      if (error instanceof PolygeError && error.code === "not_found") {
        this.#opened = true;
        this.atStart.value = true;
      } else this.problem.value = error;
    } finally {
      this.loading.value = undefined;
    }
  }
}
