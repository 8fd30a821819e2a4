/** A search for people: what is asked for, and who was found so far. */
import { signal } from "@preact/signals";
import type { Api, Filter, PublicProfile } from "./api.ts";
import type { People } from "./people.ts";

/** After the last key, before it is searched. */
const PAUSE_MS = 300;
/** Narrow the search down rather than read on. */
const MOST = 1000;

export class Finder {
  readonly filter = signal<Filter>({});
  /** undefined: not known yet. */
  readonly found = signal<readonly PublicProfile[] | undefined>(undefined);
  readonly next = signal<string | null>(null);
  readonly loading = signal(false);
  readonly problem = signal<unknown>(undefined);
  readonly #me: number;
  readonly #api: Api;
  readonly #people: People;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the searches: an answer to an older one is not shown. */
  #search = 0;

  constructor(me: number, api: Api, people: People) {
    this.#me = me;
    this.#api = api;
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
      const { name, ...filter } = this.filter.value;
      const asked = { ...filter, name: name?.trim() || undefined };
      const { users, next } = await this.#api.users(asked, cursor);
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
