/** One message as a conversation shows it. */
import { signal } from "@preact/signals";
import type { KeptMessage, Message } from "../../client/index.ts";

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
export const timeOf = (timestampMs: bigint, otherwise: number): number =>
  timestampMs > 0n && timestampMs <= LATEST_MS ? Number(timestampMs) : otherwise;

export function entryOfMessage({ from, to, msgId, timestampMs, text }: Message, otherwise = Date.now()): Entry {
  const key = keyOf(from, msgId, Number(timestampMs), text);
  return new Entry(key, from, to, msgId, timeOf(timestampMs, otherwise), text);
}

export function entryOfKept(kept: KeptMessage, me: number): Entry {
  const entry = entryOfMessage(kept, kept.storedMs);
  entry.id = kept.id;
  if (kept.from === me) entry.reached("stored");
  return entry;
}

export function entryOfOwn(from: number, to: number, msgId: bigint, timestampMs: number, text: string): Entry {
  const entry = new Entry(keyOf(from, msgId, timestampMs, text), from, to, msgId, timestampMs, text);
  entry.reached("sending");
  return entry;
}
