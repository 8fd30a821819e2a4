import type { Tokens } from "../accounts/tokens.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { CLOSE } from "../protocol/codes.ts";
import type { Socket } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** Tokens asked for in one query at most. */
const TOKENS_AT_ONCE = 1000;

/** Sockets end with the tokens that opened them, on whichever node these die. */
export class TokenSockets {
  readonly #tokens: Tokens;
  readonly #connections: Connections;
  readonly #delivery: Pick<Delivery, "recipients" | "cluster">;

  constructor(tokens: Tokens, connections: Connections, delivery: Pick<Delivery, "recipients" | "cluster">) {
    this.#tokens = tokens;
    this.#connections = connections;
    this.#delivery = delivery;
    tokens.listen({
      dead: ({ uid, tokenId }, key) => {
        this.#close(uid, tokenId);
        delivery.cluster.tokenEnded(uid, key, tokenId);
      },
      replaced: (uid, key) => delivery.cluster.tokenEnded(uid, key),
    });
  }

  /** A token is no good any more, as another node says; with an id, it died. */
  ended(uid: number, key: string, died: number | undefined): void {
    this.#tokens.forget(key);
    if (died !== undefined) this.#close(uid, died);
  }

  /** Closes what dead tokens opened, whoever ended them. Where the database is away, it is for the next time. */
  async makeUp(): Promise<void> {
    const open = this.#connections.snapshot();
    for (let at = 0; at < open.length; at += TOKENS_AT_ONCE) {
      const some = open.slice(at, at + TOKENS_AT_ONCE);
      const living = await this.#tokens.living(some.map(({ tokenId }) => tokenId)).catch(() => undefined);
      if (living === undefined) return;
      for (const each of some) if (!living.has(each.tokenId)) each.close(CLOSE.loggedOut, "logged out");
    }
  }

  #close(uid: number, tokenId: number): void {
    for (const { outlet } of this.#delivery.recipients.subscribersOf(uid)) {
      const connection = (outlet as Socket).data;
      if (connection.tokenId === tokenId) connection.close(CLOSE.loggedOut, "logged out");
    }
  }
}
