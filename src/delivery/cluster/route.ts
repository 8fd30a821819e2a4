import { FrameLog, type Held } from "../frame-log.ts";
import { NOT_FOLLOWED } from "../recipient.ts";

/** A node that the user has a socket on. It is sent every frame from `from` on and has answered for those before `upTo`. */
export interface Host {
  readonly from: number;
  upTo: number;
}

/**
 * What this node took for a user who has no socket here. It answers for each frame until a host has said that a client
 * confirmed it; what is left when the last host is gone, it stores.
 */
export class Route {
  /**
   * `settling`: earlier frames for the user are still on their way to the store, where a host will look first. `finding`:
   * asked who has the user. `open`: frames go out as they come.
   */
  state: "settling" | "finding" | "open" | "closed" = "settling";
  readonly log: FrameLog;
  /** The next log frame to send. A new host is sent what the others already have, which they pass over. */
  sent = 0;
  /** Log frames before this were sent to some host. */
  published = 0;
  /** The node for whose sake the user is looked for again: the route opens when it has answered. */
  waitsFor: string | undefined;
  readonly hosts = new Map<string, Host>();
  /** Where the log began when the hosts were last asked for: what each of them is sent begins there. */
  foundFrom = 0;
  /** While finding: the question was asked a second time. */
  askedAgain = false;
  /** When it last owed nobody's answer, on the coarse clock. */
  settledMs: number;
  /** When the state began, and when a frame last came, on the coarse clock. */
  sinceMs: number;
  usedMs: number;
  /** The log frame whose way to its confirmation is measured, and when it was taken, in ms of `performance.now()`. */
  followed = NOT_FOLLOWED;
  followedMs = 0;
  readonly #tag: string;

  constructor(
    readonly id: number,
    readonly uid: number,
    node: string,
    held: Held,
    nowMs: number,
  ) {
    this.log = new FrameLog(held);
    this.#tag = `${node}.${id}.`;
    this.settledMs = nowMs;
    this.sinceMs = nowMs;
    this.usedMs = nowMs;
  }

  /** What a frame is known by to the hosts. */
  tagOf(seq: number): string {
    return this.#tag + seq;
  }

  /** Frames that were sent and that nobody has answered for. */
  get unanswered(): number {
    return this.published - this.log.base;
  }

  /** Before which sequence number every frame is answered for by some host. */
  get answered(): number {
    let upTo = this.log.base;
    for (let moved = true; moved; ) {
      moved = false;
      for (const host of this.hosts.values()) {
        if (host.from > upTo || host.upTo <= upTo) continue;
        upTo = host.upTo;
        moved = true;
      }
    }
    return upTo;
  }

  /** Whether some host was sent all that is unanswered. */
  get answerable(): boolean {
    for (const { from } of this.hosts.values()) if (from <= this.log.base) return true;
    return false;
  }
}
