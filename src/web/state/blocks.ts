/** Whom one has blocked. */
import { signal } from "@preact/signals";
import type { PublicProfile } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";

/** Pages read at most; nobody blocks as many. */
const MOST_PAGES = 20;
const PAGE = 100;

export class Blocks {
  /** undefined: not known yet. */
  readonly people = signal<readonly PublicProfile[] | undefined>(undefined);
  readonly problem = signal<unknown>(undefined);
  readonly #asUser: AsUser;

  constructor(asUser: AsUser) {
    this.#asUser = asUser;
  }

  has(uid: number): boolean {
    return this.people.value?.some((each) => each.uid === uid) ?? false;
  }

  async load(): Promise<void> {
    this.problem.value = undefined;
    try {
      const all: PublicProfile[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const { users, next } = await this.#asUser((server, session) =>
          server.blocked(session, { limit: PAGE, ...(cursor && { cursor }) }),
        );
        all.push(...users);
        if (next === null) break;
        cursor = next;
      }
      this.people.value = all;
    } catch (error) {
      this.problem.value = error;
    }
  }

  async add(uid: number): Promise<void> {
    await this.#asUser((server, session) => server.block(session, uid));
    await this.load();
  }

  async remove(uid: number): Promise<void> {
    await this.#asUser((server, session) => server.unblock(session, uid));
    this.people.value = (this.people.value ?? []).filter((each) => each.uid !== uid);
  }
}
