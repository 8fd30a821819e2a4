/** What one user received, frame by frame. */
import { closeSync, openSync, readSync } from "node:fs";

/** Frames of one sender. */
export interface FromSender {
  /** How often each message id came. */
  readonly times: Map<number, number>;
  /** Message ids in the order in which each came first. */
  readonly firsts: number[];
}

export class Journal {
  readonly senders = new Map<number, FromSender>();
  received = 0;
  /** Frames whose CRC was wrong. */
  corrupt = 0;

  add(sender: number, msgId: number): void {
    this.received++;
    let from = this.senders.get(sender);
    if (from === undefined) {
      from = { times: new Map(), firsts: [] };
      this.senders.set(sender, from);
    }
    const before = from.times.get(msgId) ?? 0;
    if (before === 0) from.firsts.push(msgId);
    from.times.set(msgId, before + 1);
  }

  has(sender: number, msgId: number): boolean {
    return this.senders.get(sender)?.times.has(msgId) ?? false;
  }
}

/** Numbers of a record in a journal's file: sender and message id; 0 and 0: a corrupt frame. */
export const RECORD_BYTES = 16;

/** Follows the file that a receiver's process writes before it confirms anything. */
export class JournalFile {
  readonly #path: string;
  readonly #journal: Journal;
  #offset = 0;

  constructor(path: string, journal: Journal) {
    this.#path = path;
    this.#journal = journal;
  }

  /** Takes what was written since. */
  refresh(): void {
    const file = openSync(this.#path, "a+");
    const page = Buffer.alloc(RECORD_BYTES * 4096);
    try {
      for (;;) {
        const read = readSync(file, page, 0, page.length, this.#offset);
        const whole = read - (read % RECORD_BYTES);
        if (whole === 0) return;
        for (let at = 0; at < whole; at += RECORD_BYTES) this.#take(page, at);
        this.#offset += whole;
      }
    } finally {
      closeSync(file);
    }
  }

  #take(page: Buffer, at: number): void {
    const sender = Number(page.readBigUInt64BE(at));
    if (sender === 0) this.#journal.corrupt++;
    else this.#journal.add(sender, Number(page.readBigUInt64BE(at + 8)));
  }
}
