/** A search for people: what is asked for, and who was found so far. */
import { signal } from "@preact/signals";
import type { PublicProfile, UserFilter } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";
import type { People } from "./people.ts";

/** After the last key, before it is searched. */
const PAUSE_MS = 300;
/** Narrow the search down rather than read on. */
const MOST = 1000;

/** undefined: anything. */
export interface Filter {
  readonly user_type?: 1 | 2 | undefined;
  readonly language?: number | undefined;
  readonly country?: number | undefined;
  readonly name?: string | undefined;
}

export class Finder {
  readonly filter = signal<Filter>({});
  /** undefined: not known yet. */
  readonly found = signal<readonly PublicProfile[] | undefined>(undefined);
  readonly next = signal<string | null>(null);
  readonly loading = signal(false);
  readonly problem = signal<unknown>(undefined);
  readonly #me: number;
  readonly #asUser: AsUser;
  readonly #people: People;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the searches: an answer to an older one is not shown. */
  #search = 0;

  constructor(me: number, asUser: AsUser, people: People) {
    this.#me = me;
    this.#asUser = asUser;
    this.#people = people;
  }

  /** @param soon waits for the next key */
  change(changes: Filter, soon = false): void {
    this.filter.value = { ...this.filter.value, ...changes };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.search(), soon ? PAUSE_MS : 0);
  }

  async search(): Promise<void> {
    await this.#ask(undefined);
  }

  async more(): Promise<void> {
    if (this.next.value !== null && !this.loading.value) await this.#ask(this.next.value);
  }

  async #ask(cursor: string | undefined): Promise<void> {
    const nth = ++this.#search;
    this.loading.value = true;
    this.problem.value = undefined;
    try {
      const asked = given({ ...this.filter.value, name: this.filter.value.name?.trim() || undefined, cursor });
      const { users, next } = await this.#asUser((server, session) => server.users(session, asked));
      if (nth !== this.#search) return;
      this.#people.learn(users);
      const others = users.filter(({ uid }) => uid !== this.#me);
      const all = cursor === undefined ? others : [...(this.found.value ?? []), ...others];
      this.found.value = [...new Map(all.map((each) => [each.uid, each])).values()].slice(0, MOST);
      this.next.value = all.length >= MOST ? null : next;
    } catch (error) {
      if (nth === this.#search) this.problem.value = error;
    } finally {
      if (nth === this.#search) this.loading.value = false;
    }
  }
}

const given = (filter: Filter & { cursor: string | undefined }): UserFilter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
