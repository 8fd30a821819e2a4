/** The login that this browser keeps, for all its pages. */
import type { Session } from "../../client/index.ts";
import type { Saved } from "./saved.ts";

const KEY = "session";

export class Logins {
  readonly #saved: Saved;

  constructor(saved: Saved) {
    this.#saved = saved;
  }

  get kept(): Session | undefined {
    const session = this.#saved.read<Session>(KEY);
    return session && typeof session.token === "string" && Number.isSafeInteger(session.uid) ? session : undefined;
  }

  keep(session: Session): void {
    this.#saved.write(KEY, session);
  }

  forget(): void {
    this.#saved.remove(KEY);
  }

  /** Another page of this browser has logged in or out, or exchanged the token. */
  onChange(handler: (session: Session | undefined) => void): void {
    this.#saved.onChange(KEY, () => handler(this.kept));
  }
}
