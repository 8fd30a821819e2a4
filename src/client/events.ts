import type { AckStatus } from "../protocol/messages.ts";
import type { PolygeError } from "./errors.ts";
import type { Session } from "./session.ts";

/**
 * `opening`: no socket, one is being opened. `v2`, `plain`: open. `waiting`: for the next attempt, or for room in the
 * receiving queue. `closed`: for good.
 */
export type State = "opening" | "v2" | "plain" | "waiting" | "closed";

export interface ConnectionEvents {
  state: State;
  /** What became of a message of this user's, whichever connection sent it. For those of this one, see what `send` returns. */
  ack: { to: number; msgId: bigint; status: AckStatus };
  /** A watched user came or went; told again for each of them after each new socket. */
  presence: { uid: number; online: boolean };
  /** Somebody is writing to this user. */
  typing: { from: number };
  /** Somebody has read what this user sent, up to and with this message. */
  read: { by: number; msgId: bigint };
  /** The token was exchanged. Whoever keeps sessions must keep this one: the old one is dead. */
  session: Session;
  /** What went wrong and did not end the connection: `bad_frame`, or a text message that the server refused. */
  error: PolygeError;
  /** The end: undefined after `close()`. */
  closed: PolygeError | undefined;
}
