/** The crowd over several client processes, seen from the process that starts them. */
import { fileURLToPath } from "node:url";
import type { Subprocess } from "bun";
import { nowMicroseconds } from "../engine/clock.ts";
import type { Answered, Asked, Member, Order, Outcome, Pace, Part, Sample } from "./orders.ts";

const PROCESS = fileURLToPath(new URL("./player-process.ts", import.meta.url));
/** Between an order and the first message due, so that all processes have it by then. */
const LEAD_US = 200_000;

export interface PlayersOptions extends Omit<Part, "first" | "members" | "uids"> {
  readonly members: readonly Member[];
  readonly processes: number;
}

interface Hand {
  readonly process: Subprocess;
  readonly answers: Map<number, PromiseWithResolvers<Exclude<Answered, { failed: string }>>>;
}

export class Players implements AsyncDisposable {
  private readonly hands: Hand[];
  private lastId = 0;

  constructor({ members, processes, ...rest }: PlayersOptions) {
    const uids = members.map(({ uid }) => uid);
    this.hands = Array.from({ length: processes }, (_, index) => {
      const [first, end] = [index, index + 1].map((n) => Math.floor((n * members.length) / processes));
      return startHand({ ...rest, uids, first: first!, members: members.slice(first, end) });
    });
  }

  /** Process ids of the clients. */
  get pids(): number[] {
    return this.hands.map(({ process }) => process.pid);
  }

  /**
   * Opens every socket; of those that sleep only where `sleepers` is set.
   * @param most of each process's, its first
   * @returns how many are open
   */
  async open(sleepers = false, most?: number): Promise<number> {
    const answers = await this.all(() => ({ do: "open", sleepers, most }));
    return answers.reduce((total, { open }) => total + open, 0);
  }

  /** Closes every socket, to be opened again. */
  async leave(): Promise<void> {
    await this.all(() => ({ do: "leave" }));
  }

  /** Messages at a pace of all processes together; resolves when the last is sent. */
  async talk(pace: Pace, seconds: number, warmUpSeconds: number): Promise<void> {
    const startUs = nowMicroseconds() + LEAD_US;
    const count = this.hands.length;
    const own = pace.kind === "closed" ? pace : { ...pace, rate: pace.rate / count };
    // Each begins a little after the one before, so that they do not send all at the same moments.
    const shift = pace.kind === "even" ? 1e6 / pace.rate : 0;
    await this.all((index) => ({
      do: "talk",
      pace: own,
      seconds: seconds + warmUpSeconds,
      startUs: startUs + index * shift,
      recordFromUs: startUs + warmUpSeconds * 1e6,
    }));
  }

  /** `perSecond` sockets a second leave and come back. */
  async churn(perSecond: number, seconds: number): Promise<void> {
    const startUs = nowMicroseconds() + LEAD_US;
    await this.all(() => ({ do: "churn", perSecond: perSecond / this.hands.length, seconds, startUs }));
  }

  async storm(seconds: number): Promise<void> {
    await this.all(() => ({ do: "storm", seconds }));
  }

  /** Breaks off what is going on. */
  async stop(): Promise<void> {
    await this.all(() => ({ do: "stop" }));
  }

  async sample(): Promise<Sample[]> {
    return (await this.all(() => ({ do: "sample" }))).map(({ sample }) => sample!);
  }

  /** Closes every socket and ends the processes. */
  async finish(): Promise<Outcome[]> {
    const outcomes = (await this.all(() => ({ do: "finish" }))).map(({ outcome }) => outcome!);
    await Promise.all(this.hands.map(({ process }) => process.exited));
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.hands) process.kill("SIGKILL");
    await Promise.all(this.hands.map(({ process }) => process.exited));
  }

  private all(order: (index: number) => Order): Promise<Exclude<Answered, { failed: string }>[]> {
    return Promise.all(this.hands.map((hand, index) => this.ask(hand, order(index))));
  }

  private ask(hand: Hand, order: Order): Promise<Exclude<Answered, { failed: string }>> {
    const answer = Promise.withResolvers<Exclude<Answered, { failed: string }>>();
    const asked: Asked = { id: ++this.lastId, order };
    hand.answers.set(asked.id, answer);
    try {
      hand.process.send(asked);
    } catch {
      // It has ended, which rejects the answer.
      if (hand.process.exitCode !== null) answer.reject(new Error("a client process has ended"));
    }
    return answer.promise;
  }
}

function startHand(part: Part): Hand {
  const answers: Hand["answers"] = new Map();
  const child = Bun.spawn([process.execPath, PROCESS], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc(message: Answered) {
      const answer = answers.get(message.id);
      answers.delete(message.id);
      if ("failed" in message) answer?.reject(new Error(message.failed));
      else answer?.resolve(message);
    },
    onExit(_, code, signal) {
      for (const answer of answers.values()) {
        answer.reject(new Error(`a client process ended early, with ${signal ?? code}`));
      }
    },
  });
  child.send({ part });
  return { process: child, answers };
}
