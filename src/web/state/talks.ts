/** One's conversations: the list with what was said last and what is unread, and the talks that are open. */
import { batch, computed, signal } from "@preact/signals";
import type { Connection, Conversation, Message } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";
import { type Entry, entryOfMessage, timeOf } from "./entry.ts";
import type { Sender } from "./sender.ts";
import { Talk } from "./talk.ts";

export interface Summary {
  readonly peer: number;
  readonly unread: number;
  readonly text: string;
  readonly isOwn: boolean;
  readonly timestampMs: number;
}

const MOST_SUMMARIES = 500;
const PAGE = 50;
const MOST_TALKS = 30;
/** What arrives is shown together, so that many messages cost one drawing; longer where nobody looks. */
const GATHER_MS = 60;
const GATHER_HIDDEN_MS = 500;
/** Before the history is asked for what this page has missed, and before each time that it is asked again. */
const CATCH_UP_MS = [500, 1500, 4000, 10_000];

export class Talks {
  /** Newest first; undefined: not loaded yet. */
  readonly list = signal<readonly Summary[] | undefined>(undefined);
  readonly problem = signal<unknown>(undefined);
  readonly next = signal<number | null>(null);
  readonly unread = computed(() => (this.list.value ?? []).reduce((sum, { unread }) => sum + unread, 0));
  /** Whose talk is looked at, its end in sight: what comes is read at once. */
  readonly looking = signal<number | undefined>(undefined);
  /** Whose talk is on the screen: it is not forgotten. */
  shown: number | undefined;
  /** What is being written, by peer. */
  readonly drafts = new Map<number, string>();
  readonly #talks = new Map<number, Talk>();
  readonly #peerRead = new Map<number, number>();
  /** Messages of other pages of this user that are not shown yet, with whom they are to. */
  readonly #sought = new Map<bigint, number>();
  #catchUpTimer: ReturnType<typeof setTimeout> | undefined;
  /** Up to when the server has counted what is unread, by the clock of whoever wrote last. */
  readonly #countedMs = new Map<number, number>();
  #gathered: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #connection: Connection | undefined;

  /** @param came is told of each message of somebody else */
  constructor(
    readonly me: number,
    readonly asUser: AsUser,
    readonly sender: Sender,
    readonly came: (entry: Entry) => void,
  ) {
    void this.load();
  }

  /** The talk with somebody; those that were not looked at for long are forgotten. */
  of(peer: number): Talk {
    const talk = this.#talks.get(peer) ?? new Talk(this.me, peer, this.asUser, this.sender);
    this.#talks.delete(peer);
    this.#talks.set(peer, talk);
    talk.readUpToId(this.#peerRead.get(peer) ?? 0);
    for (const oldest of this.#talks.keys()) {
      if (this.#talks.size <= MOST_TALKS) break;
      if (oldest !== this.shown && oldest !== peer) this.#talks.delete(oldest);
    }
    return talk;
  }

  async load(): Promise<void> {
    try {
      const { items, next } = await this.#page({});
      this.problem.value = undefined;
      this.next.value = next;
      this.#learn(items, this.list.value ?? []);
    } catch (error) {
      // Without a history there are only the talks since the page was opened.
      this.list.value ??= [];
      this.problem.value = (error as { code?: string }).code === "not_found" ? undefined : error;
    }
  }

  async more(): Promise<void> {
    if (this.next.value === null) return;
    const { items, next } = await this.#page({ cursor: this.next.value });
    this.next.value = next;
    this.#learn(items, this.list.value ?? []);
  }

  /** @returns undefined: too many messages wait already */
  write(peer: number, text: string): Entry | undefined {
    const entry = this.sender.write(peer, text);
    if (!entry) return undefined;
    const talk = this.of(peer);
    talk.isFollowed = true;
    if (talk.atEnd.value) talk.arrive([entry]);
    else void talk.latest();
    this.#summarise([entry]);
    return entry;
  }

  /** All that the peer wrote is read. */
  markRead(peer: number): void {
    const summary = this.list.value?.find((each) => each.peer === peer);
    const last = this.of(peer).entries.value.findLast(({ from }) => from === peer);
    if (!summary?.unread) return;
    this.#replace({ ...summary, unread: 0 });
    if (last && last.msgId !== 0n && this.#connection?.read(last)) return;
    void this.asUser((server, session) => server.markRead(session, peer)).catch(() => {});
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    connection.onMessage((message) => this.#receive(message));
    connection.on("read", ({ by, msgId }) => this.#talks.get(by)?.readUpTo(msgId));
    connection.on("ack", ({ to, msgId, status }) => {
      // Of a message that another page of this user sent; where it lies past the window, nobody misses it.
      const talk = this.#talks.get(to);
      if (!talk?.acked(msgId, status) && talk?.atEnd.value !== false) this.catchUpSoon(to, msgId);
    });
  }

  /** The list and the open talks may have missed what other connections of this user saw. */
  catchUpSoon(peer?: number, msgId?: bigint): void {
    if (peer !== undefined && msgId !== undefined) this.#sought.set(msgId, peer);
    this.#catchUpTimer ??= setTimeout(() => void this.#catchUp(), CATCH_UP_MS[0]);
  }

  /** The history is a moment behind, so it is asked again, ever later, for what is known to be missing. */
  async #catchUp(tries = 1): Promise<void> {
    await this.load();
    await Promise.all([...this.#talks.values()].map((talk) => talk.catchUp()));
    for (const [msgId, peer] of this.#sought) {
      const talk = this.#talks.get(peer);
      if (!talk || talk.acked(msgId, "stored")) this.#sought.delete(msgId);
    }
    this.#catchUpTimer = undefined;
    const wait = CATCH_UP_MS[tries];
    if (this.#sought.size > 0 && wait !== undefined) {
      this.#catchUpTimer = setTimeout(() => void this.#catchUp(tries + 1), wait);
    } else this.#sought.clear();
  }

  #page(range: { cursor?: number }) {
    return this.asUser((server, session) => server.conversations(session, { ...range, limit: PAGE }));
  }

  #receive(message: Message): void {
    this.#gathered.push(entryOfMessage(message));
    const wait = document.hidden ? GATHER_HIDDEN_MS : GATHER_MS;
    this.#timer ??= setTimeout(() => this.#show(), wait);
  }

  #show(): void {
    this.#timer = undefined;
    const entries = this.#gathered;
    this.#gathered = [];
    batch(() => {
      for (const peer of new Set(entries.map(this.#peerOf))) {
        // A talk that was never looked at loads what it shows when it is.
        this.of(peer).arrive(entries.filter((entry) => this.#peerOf(entry) === peer));
      }
      this.#summarise(entries);
    });
    for (const entry of entries) if (entry.from !== this.me) this.came(entry);
  }

  #peerOf = ({ from, to }: Entry): number => (from === this.me ? to : from);

  #summarise(entries: readonly Entry[]): void {
    const byPeer = new Map((this.list.value ?? []).map((summary) => [summary.peer, summary]));
    for (const entry of entries) {
      const peer = this.#peerOf(entry);
      const isOwn = entry.from === this.me;
      const before = byPeer.get(peer)?.unread ?? 0;
      // The mailbox brings what the server has counted already.
      const isCounted = entry.timestampMs <= (this.#countedMs.get(peer) ?? 0);
      if (isCounted && byPeer.has(peer)) continue;
      const unread = isOwn || this.looking.value === peer ? before : before + 1;
      byPeer.set(peer, { peer, unread, text: entry.text, isOwn, timestampMs: entry.timestampMs });
    }
    this.#put([...byPeer.values()]);
    for (const peer of new Set(entries.map(this.#peerOf))) if (this.looking.value === peer) this.#tellRead(peer);
  }

  /** What has just come is in sight. */
  #tellRead(peer: number): void {
    const last = this.of(peer).entries.value.findLast(({ from }) => from === peer);
    if (!last) return;
    if (last.msgId !== 0n && this.#connection?.read(last)) return;
    void this.asUser((server, session) => server.markRead(session, peer)).catch(() => {});
  }

  #learn(conversations: readonly Conversation[], known: readonly Summary[]): void {
    const byPeer = new Map(known.map((summary) => [summary.peer, summary]));
    for (const { peer, unread, peerRead, last } of conversations) {
      this.#peerRead.set(peer, peerRead ?? 0);
      this.#talks.get(peer)?.readUpToId(peerRead ?? 0);
      const timestampMs = timeOf(last.timestampMs, last.storedMs);
      this.#countedMs.set(peer, timestampMs);
      const fresh = { peer, unread, text: last.text, isOwn: last.from === this.me, timestampMs };
      const shown = byPeer.get(peer);
      byPeer.set(
        peer,
        shown && shown.timestampMs > timestampMs ? { ...shown, unread: Math.max(unread, shown.unread) } : fresh,
      );
    }
    this.#put([...byPeer.values()]);
  }

  #replace(summary: Summary): void {
    this.#put((this.list.value ?? []).map((each) => (each.peer === summary.peer ? summary : each)));
  }

  #put(summaries: Summary[]): void {
    this.list.value = summaries.sort((one, other) => other.timestampMs - one.timestampMs).slice(0, MOST_SUMMARIES);
  }
}
