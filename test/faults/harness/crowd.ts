/** Users on every node of a service, who write to users on every node and to one who is offline everywhere. */

import { until } from "../../support/until.ts";
import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";
import type { ServerProcess } from "./server.ts";
import type { Address } from "./wire.ts";
import type { World } from "./world.ts";

const RECEIVERS_PER_NODE = 2;
const DATA_BYTES = 80;
/** Frames unacked at most: far more than wait for a node that has gone silent. */
const WINDOW = 50_000;
/** Longest until a frame arrives once nothing fails any more, in ms: nodes look for what they missed every 30 s. */
const CATCH_UP_MS = 45_000;

/** What of a crowd is on one node, while nobody has had to move. */
interface Quarter {
  readonly sender: Sender;
  readonly receivers: readonly Receiver[];
  readonly uids: readonly number[];
}

export class Crowd {
  readonly #world: World;
  readonly #quarters: readonly Quarter[];
  readonly #sleeper: Receiver;

  /** @param rate frames a second from each node's sender to all */
  constructor(world: World, nodes: readonly ServerProcess[], rate: number) {
    this.#world = world;
    // Whoever loses a node goes to the next one.
    const placesFrom = (node: number): [Address, ...Address[]] => {
      const places = nodes.map((_, i) => nodes[(node + i) % nodes.length]!.at);
      return places as [Address, ...Address[]];
    };
    const logins = nodes.map((_, node) =>
      Array.from({ length: RECEIVERS_PER_NODE }, (_, i) => world.login(node * RECEIVERS_PER_NODE + i)),
    );
    const sleeping = world.login(nodes.length * RECEIVERS_PER_NODE);
    this.#sleeper = world.receiver(nodes.at(-1)!.at, sleeping, true);
    const targets = [...logins.flat(), sleeping].map(({ uid }) => uid);
    this.#quarters = nodes.map((_, node) => {
      const [at, ...others] = placesFrom(node);
      const receivers = logins[node]!.map((login, i) => world.receiver(at, login, i % 2 === 0, { others }).start());
      const login = world.login(targets.length + node);
      const options = { at, others, login, v2: true, targets, rate, dataBytes: DATA_BYTES, window: WINDOW };
      return { sender: world.sender(options), receivers, uids: logins[node]!.map(({ uid }) => uid) };
    });
  }

  get senders(): readonly Sender[] {
    return this.#quarters.map(({ sender }) => sender);
  }

  get #receivers(): readonly Receiver[] {
    return this.#quarters.flatMap(({ receivers }) => receivers);
  }

  get online(): boolean {
    return [...this.senders, ...this.#receivers].every(({ online }) => online);
  }

  /** Connections beyond everyone's first. */
  get reconnections(): number {
    return [...this.senders, ...this.#receivers].reduce((sum, { connections }) => sum + connections - 1, 0);
  }

  get nacks(): number {
    return this.senders.reduce((sum, { nacks }) => sum + [...nacks.values()].reduce((a, b) => a + b, 0), 0);
  }

  /** Waits until frames that are sent from now on arrive, from each sender of these nodes at each receiver of them. */
  reachEachOther(nodes: readonly number[] = this.#quarters.map((_, node) => node)): Promise<void> {
    const quarters = nodes.map((node) => this.#quarters[node]!);
    const marks = quarters.map(({ sender }) => ({ sender, last: sender.sent.size }));
    const uids = quarters.flatMap((quarter) => quarter.uids);
    return until(
      `users of nodes ${nodes.join(", ")} reach each other`,
      () => uids.every((uid) => marks.every(({ sender, last }) => this.#lastOf(uid, sender) > last)),
      CATCH_UP_MS,
    );
  }

  /** The user who was offline comes; waits until all that is acked has arrived. */
  async settle(): Promise<void> {
    this.#sleeper.start();
    await this.#world.settle(CATCH_UP_MS);
    const statuses = this.senders.map(({ statuses: { stored, delivered } }) => `${stored}/${delivered}`);
    const server = this.#world.ledger.repeatedByServer;
    this.#world.note(`acks stored/delivered: ${statuses.join(", ")}; repeated by the servers: ${server}`);
    this.#world.expect(this.#world.ledger.outOfOrder === 0, "frames out of order");
    this.#world.expect(this.nacks === 0, `${this.nacks} frames were refused`);
  }

  #lastOf(uid: number, { uid: from }: Sender): number {
    return this.#world.journalOf(uid).senders.get(from)?.firsts.at(-1) ?? 0;
  }
}
