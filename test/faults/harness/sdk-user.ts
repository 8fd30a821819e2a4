/** A user with the SDK, as an application has it: writes to others, notes what it gets, and how long it was without a socket. */
import { type Connection, Polyge } from "../../../src/client/index.ts";
import type { Journal } from "./journal.ts";
import type { LedgerSender } from "./ledger.ts";
import type { Address, Login } from "./wire.ts";

const OPTIONS = { mode: "v2" } as const;

export class SdkUser implements LedgerSender {
  readonly #connection: Connection;
  #timer: Timer | undefined;
  #lostAt: number | undefined;
  readonly sent = new Map<number, number>();
  readonly acked = new Map<number, number>();
  readonly resent = new Set<number>();
  readonly refused = new Set<number>();
  /** How long each loss of the socket lasted, and after how long each first attempt to come back was made, in ms. */
  readonly gaps: number[] = [];
  readonly attempts: number[] = [];

  private constructor(connection: Connection, journal: Journal) {
    this.#connection = connection;
    connection.onMessage(({ from, text }) => journal.add(from, Number.parseInt(text, 10)));
    connection.on("state", (state) => {
      if (state === "waiting") this.#lostAt ??= performance.now();
      else if (state === "opening" && this.attempts.length === this.gaps.length)
        this.attempts.push(performance.now() - this.#lostAt!);
      else if (this.#lostAt !== undefined) {
        this.gaps.push(performance.now() - this.#lostAt);
        this.#lostAt = undefined;
      }
    });
  }

  static async connect({ host, port }: Address, { uid, token }: Login, journal: Journal): Promise<SdkUser> {
    const session = { uid, token, uname: "", gender: 1, userType: 1, issuedMs: Date.now() };
    return new SdkUser(await new Polyge(`http://${host}:${port}`).connect(session, OPTIONS), journal);
  }

  get uid(): number {
    return this.#connection.uid;
  }

  get online(): boolean {
    return this.#connection.state === "v2";
  }

  get unsettled(): number {
    return this.sent.size - this.acked.size - this.refused.size;
  }

  /** Writes to these in turns. @param everyMs from one message to the next */
  write(targets: readonly number[], everyMs: number): void {
    // Time: the pace of the messages.
    this.#timer = setInterval(() => {
      const number = this.sent.size + 1;
      const target = targets[number % targets.length]!;
      this.sent.set(number, target);
      this.#connection.send(target, String(number)).stored.then(
        () => this.acked.set(number, target),
        () => this.refused.add(number),
      );
    }, everyMs);
  }

  pause(): void {
    clearInterval(this.#timer);
  }

  leave(): void {
    this.pause();
    this.#connection.close();
  }
}
