/** Who is behind a uid: name, picture, profile. Asked for in one question for all that are wanted at a time. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PublicProfile } from "../../client/index.ts";
import type { AsUser } from "./as-user.ts";

const MOST = 500;
const AT_ONCE = 100;
const AGAIN_MS = 3000;

/** `unknown`: deleted, or never there; undefined: not known yet. */
export type Person = PublicProfile | "unknown" | undefined;

export class People {
  readonly #asUser: AsUser;
  readonly #known = new Map<number, Signal<Person>>();
  readonly #wanted = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(asUser: AsUser) {
    this.#asUser = asUser;
  }

  of(uid: number): ReadonlySignal<Person> {
    const known = this.#known.get(uid) ?? signal<Person>(undefined);
    if (!this.#known.has(uid)) {
      this.#known.set(uid, known);
      if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
      this.ask(uid);
    }
    return known;
  }

  /** Asks anew. */
  ask(uid: number): void {
    this.#wanted.add(uid);
    this.#timer ??= setTimeout(() => void this.#askNow());
  }

  /** Came along with something else. */
  learn(profiles: readonly PublicProfile[]): void {
    for (const profile of profiles) {
      const known = this.#known.get(profile.uid);
      if (known) known.value = profile;
      else this.#known.set(profile.uid, signal<Person>(profile));
    }
    while (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
  }

  async #askNow(): Promise<void> {
    const uids = [...this.#wanted].slice(0, AT_ONCE);
    try {
      const found = await this.#asUser((server, session) => server.profiles(session, uids));
      this.learn(found);
      const there = new Set(found.map(({ uid }) => uid));
      for (const uid of uids) {
        this.#wanted.delete(uid);
        const known = this.#known.get(uid);
        if (known && !there.has(uid)) known.value = "unknown";
      }
      this.#timer = undefined;
      if (this.#wanted.size > 0) this.ask([...this.#wanted][0]!);
    } catch {
      this.#timer = setTimeout(() => void this.#askNow(), AGAIN_MS);
    }
  }
}

/** What to call somebody of whom nothing may be known yet. */
export const nameOfPerson = (person: Person, uid: number): string =>
  person === undefined || person === "unknown" ? `#${uid}` : person.uname;
