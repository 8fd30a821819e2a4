import { hasMsgId, TIMESTAMP_OFFSET } from "../protocol/frame.ts";
import type { StoredFrame } from "../store/mailbox.ts";

/** What confirming stored frames means for the store and for their senders. */
export interface ConfirmedRun {
  /** The last confirmed frame's id: it and every earlier one may be deleted. */
  upTo: number;
  /** The heads of the frames whose senders can be told. */
  heads: Uint8Array[];
}

/** The frames that one socket was given from the mailbox and has not confirmed: their ids and, for acks, their heads. */
export class StoredRun {
  /** Frames given since the socket opened. */
  given = 0;
  /** Frames of those that are confirmed. */
  confirmed = 0;
  /** The id of the last frame given. */
  lastId = 0;
  #ids: number[] = [];
  #heads: (Uint8Array | undefined)[] = [];

  get hasUnconfirmed(): boolean {
    return this.given > this.confirmed;
  }

  give({ id, frame }: StoredFrame): void {
    this.given++;
    this.#ids.push(id);
    this.lastId = id;
    // A copy: `slice` of a Buffer, which the drivers give, is a view and would hold on to the whole frame.
    this.#heads.push(hasMsgId(frame) ? new Uint8Array(frame.subarray(0, TIMESTAMP_OFFSET)) : undefined);
  }

  /** Confirms the first `count` frames ever given; undefined where that says nothing new. */
  confirm(count: number): ConfirmedRun | undefined {
    const fresh = count - this.confirmed;
    if (fresh <= 0) return undefined;
    this.confirmed = count;
    const ids = this.#ids.splice(0, fresh);
    const heads = this.#heads.splice(0, fresh);
    return { upTo: ids.at(-1)!, heads: heads.filter((head) => head !== undefined) };
  }
}
