/** One message as a conversation shows it. */
import { signal } from "@preact/signals";
import type { Message } from "../../client/index.ts";
import type { StoredMessage } from "./api.ts";

/** What became of one's own message, worst first; `failed` is none of the line. */
export const FATES = ["sending", "written", "stored", "delivered", "read"] as const;
export type Fate = (typeof FATES)[number] | "failed";

export class Entry {
  /** Its place in the history, where that is known. */
  id: number | undefined;
  /** Of one's own only. */
  readonly fate = signal<Fate | undefined>(undefined);
  /** Why it failed: a `PolygeErrorCode`. */
  problem: string | undefined;

  constructor(
    readonly key: string,
    readonly from: number,
    readonly to: number,
    readonly msgId: bigint,
    readonly timestampMs: number,
    readonly text: string,
  ) {}

  /** It has got at least so far. Acks may come in any order, and never take anything back. */
  reached(fate: Exclude<Fate, "failed">): void {
    const now = this.fate.value;
    const rank = (each: Fate | undefined) => FATES.indexOf(each as (typeof FATES)[number]);
    if (rank(fate) > rank(now)) this.fate.value = fate;
  }

  failed(problem: string): void {
    this.problem = problem;
    this.fate.value = "failed";
  }
}

/** The same message has the same key, however it came. Id 0 names none, so such messages are told apart by time and text. */
const keyOf = (from: number, msgId: bigint, timestampMs: number, text: string): string =>
  msgId === 0n ? `${from}:${timestampMs}:${text}` : `${from}:${msgId}`;

/** By convention ms since 1970; some clients send what is no time at all. */
const LATEST_MS = 8.64e15;
const timeOf = (timestamp: bigint | number | string, otherwise: number): number =>
  Number(timestamp) > 0 && Number(timestamp) <= LATEST_MS ? Number(timestamp) : otherwise;

export function entryOfMessage({ from, to, msgId, timestampMs, text }: Message): Entry {
  const time = timeOf(timestampMs, Date.now());
  return new Entry(keyOf(from, msgId, Number(timestampMs), text), from, to, msgId, time, text);
}

const UTF8 = new TextDecoder();

export function textOfStored({ data }: StoredMessage): string {
  return UTF8.decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
}

export function entryOfStored(stored: StoredMessage, me: number): Entry {
  const { id, from, to, timestamp, stored_at } = stored;
  const text = textOfStored(stored);
  const msgId = BigInt(stored.msg_id);
  const key = keyOf(from, msgId, Number(timestamp), text);
  const entry = new Entry(key, from, to, msgId, timeOf(timestamp, stored_at), text);
  entry.id = id;
  if (from === me) entry.reached("stored");
  return entry;
}

export function entryOfOwn(from: number, to: number, msgId: bigint, timestampMs: number, text: string): Entry {
  const entry = new Entry(keyOf(from, msgId, timestampMs, text), from, to, msgId, timestampMs, text);
  entry.reached("sending");
  return entry;
}
