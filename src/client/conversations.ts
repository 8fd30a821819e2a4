import type { Calls } from "./calls.ts";
import { Message } from "./message.ts";
import type { Session } from "./session.ts";

/** A message that the server has kept. */
export class KeptMessage extends Message {
  /** Grows with every message of a conversation; every cursor is one of these. */
  readonly id: number;
  /** By the server's clock, in ms since 1970. */
  readonly storedMs: number;

  constructor({ id, from, to, msg_id, timestamp, data, stored_at }: Row) {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    super({ uid: from, target: to, msgId: BigInt(msg_id), timestampMs: BigInt(timestamp), data: bytes });
    this.id = id;
    this.storedMs = stored_at;
  }
}

export interface Conversation {
  /** The other one's uid; one's own for notes to oneself. */
  readonly peer: number;
  /** The peer's messages that were not marked as read. */
  readonly unread: number;
  /** The peer has read this user's messages up to this id; null: none that is known. */
  readonly peerRead: number | null;
  readonly last: KeptMessage;
}

/** @param next pass it as `cursor`, `before` or `after` for what follows; null: that is all */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: number | null;
}

export interface HistoryRange {
  /** Messages older than this id, newest first. Neither: the newest. */
  before?: number;
  /** Messages newer than this id, oldest first. Not together with `before`. */
  after?: number;
  /** At most so many, 1 to 200; 50 if not given. */
  limit?: number;
}

interface Row {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly msg_id: string;
  readonly timestamp: number | string;
  readonly data: string;
  readonly stored_at: number;
}

type Answer<T> = Promise<{ readonly next: number | null } & T>;

export async function conversations(
  calls: Calls,
  { token }: Session,
  range: { cursor?: number; limit?: number },
): Promise<Page<Conversation>> {
  type Rows = {
    readonly conversations: (Omit<Conversation, "last"> & { readonly peer_read: number | null; last: Row })[];
  };
  const { conversations, next } = await (calls.post("/conversations", { token, ...range }) as Answer<Rows>);
  const items = conversations.map(({ peer, unread, peer_read, last }) => ({
    peer,
    unread,
    peerRead: peer_read,
    last: new KeptMessage(last),
  }));
  return { items, next };
}

export async function history(
  calls: Calls,
  { token }: Session,
  peer: number,
  range: HistoryRange,
): Promise<Page<KeptMessage>> {
  const { messages, next } = await (calls.post("/history", { token, peer, ...range }) as Answer<{ messages: Row[] }>);
  return { items: messages.map((row) => new KeptMessage(row)), next };
}
