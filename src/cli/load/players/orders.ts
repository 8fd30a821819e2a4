/** What the conductor and its client processes say to each other over IPC. */
import type { Login } from "../engine/connection.ts";
import type { Tally } from "../engine/ledger.ts";

export interface Member extends Login {
  /** Indices, in the whole crowd, of whom it writes to, the favourite first; empty: it only listens. */
  readonly contacts: readonly number[];
  /** Away until it is woken. */
  readonly sleeps: boolean;
}

export interface Part {
  /** ws(s)://host:port/wsconn; the socket with index i in the whole crowd is on number i modulo their count. */
  readonly urls: readonly string[];
  /** Index of `members[0]` in the whole crowd. */
  readonly first: number;
  readonly members: readonly Member[];
  /** Users of the whole crowd. */
  readonly uids: readonly number[];
  /** Of each message's data, at least `STAMP_BYTES`. */
  readonly dataBytes: number;
  /** Speak `polyge.v2`: ask for an ack of each frame, confirm by `got`. */
  readonly acks: boolean;
  /** With wss: take any certificate. */
  readonly insecure: boolean;
  /** Random. Stands in the upper half of every message id, so that no run's frames are taken for another's sent again. */
  readonly run: number;
  /** Zero of all seconds, µs since 1970. */
  readonly zeroUs: number;
}

/** How messages follow each other; rates are those of one process. */
export type Pace =
  /** For each message that arrives one goes out; so many of each socket's are under way. */
  | { readonly kind: "closed"; readonly inFlight: number }
  | { readonly kind: "even"; readonly rate: number }
  /** As people write: a Poisson process, through the hours of a day where `day` is set. `rate` is the mean. */
  | { readonly kind: "poisson"; readonly rate: number; readonly day: boolean };

export type Order =
  /** Opens every socket, or the first `most` of each process; of those that sleep only where `sleepers` is set. */
  | { readonly do: "open"; readonly sleepers: boolean; readonly most?: number | undefined }
  /** Messages for so long; those due from `recordFromUs` on count for the latencies. */
  | {
      readonly do: "talk";
      readonly pace: Pace;
      readonly seconds: number;
      readonly startUs: number;
      readonly recordFromUs: number;
    }
  /** Sockets close and come back, `perSecond` in this process. */
  | { readonly do: "churn"; readonly perSecond: number; readonly seconds: number; readonly startUs: number }
  /** Opens as fast as the server lets it, each socket closed for the next once all are open. */
  | { readonly do: "storm"; readonly seconds: number }
  /** Closes every socket, to be opened again. */
  | { readonly do: "leave" }
  | { readonly do: "sample" }
  /** Breaks talk, churn and storm off. */
  | { readonly do: "stop" }
  /** What is known, then all sockets are closed. The last order. */
  | { readonly do: "finish" };

export interface Asked {
  readonly id: number;
  readonly order: Order;
}

export type Answered =
  /** `open`: sockets open now. */
  | { readonly id: number; readonly open: number; readonly sample?: Sample; readonly outcome?: Outcome }
  | { readonly id: number; readonly failed: string };

/** Counts since the process began, but `open`. */
export interface Counts extends Tally {
  /** Sockets open now. */
  open: number;
  /** Upgrades that succeeded. */
  connects: number;
  /** Upgrades that did not: refused, reset, unreachable. Each is tried again. */
  refused: number;
  /** Sockets that ended although nobody here closed them. */
  ended: number;
  sent: number;
  /** Were due and not sent, since no socket was open. */
  unsent: number;
  /** Frames that the server said it has stored or delivered; only where acks are asked for. */
  acked: number;
  nacked: number;
}

export interface Sample {
  readonly counts: Counts;
  /** Packed latencies of the messages that arrived since the last sample, and of the upgrades. */
  readonly latency: string;
  readonly connect: string;
  /** Cores that this process used since the last sample. */
  readonly cpu: number;
  /** Part of the time that its main thread was ready to run and had no core: others have them. 0 where nobody says. */
  readonly starved: number;
  /** Event-loop lag since the last sample, 99th percentile, in ms. */
  readonly lagMs: number;
}

export interface Outcome {
  readonly counts: Counts;
  /** Answered, by all sockets. */
  readonly pings: number;
  /** Close codes of sockets that ended by themselves, and why upgrades failed, with how many of each. */
  readonly codes: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly nacks: Readonly<Record<string, number>>;
  /** Messages by the second in which they were due. */
  readonly sentIn: readonly number[];
  readonly arrivedIn: readonly number[];
  /** Packed: from due to arrival, for messages whose target was there, both sockets being on one node. */
  readonly sameNode: string;
  /** The same where they are on two. */
  readonly acrossNodes: string;
  /** From the target's coming back to the arrival, for messages that had waited for it. */
  readonly mail: string;
  /** From due to ack. */
  readonly ack: string;
  /** From the first try to the upgrade. */
  readonly connect: string;
  /** From due to sent: the client's own part in the latencies. */
  readonly sendLag: string;
}
