/** Somebody with a name and a password, who logs in, opens a socket, takes a new token for the old one and logs out. */
import { CLOSE } from "../../src/protocol/codes.ts";
import type { Address, Login } from "../faults/harness/wire.ts";
import { Wire } from "../faults/harness/wire.ts";
import { type Calls, rsOf } from "./calls.ts";

const PASSWORD = "correct horse";
/** A wrong password now and then, as people do. */
const WRONG_EVERY = 8;

interface Entered extends Login {
  readonly uname: string;
}

export class Commuter {
  readonly #calls: Calls;
  readonly #at: Address;
  readonly #user: Entered;
  #days = 0;
  /** Days that went as they should, and what went wrong on others. */
  readonly count = { done: 0 };
  readonly wrong: string[] = [];

  private constructor(calls: Calls, at: Address, user: Entered) {
    this.#calls = calls;
    this.#at = at;
    this.#user = user;
  }

  static async register(calls: Calls, at: Address, uname: string): Promise<Commuter> {
    const person = { uname, pwd: PASSWORD, gender: 1, language: 1, occup: "teacher", user_type: 2 };
    const entered = rsOf<Entered>(await calls.post("/register", person));
    await calls.post("/logout", { token: entered.token });
    return new Commuter(calls, at, entered);
  }

  /** From login to logout. */
  async day(): Promise<void> {
    try {
      await this.#live();
      this.count.done++;
    } catch (error) {
      this.wrong.push(String(error));
    }
  }

  async #live(): Promise<void> {
    const { uname, uid } = this.#user;
    if (++this.#days % WRONG_EVERY === 0) await this.#calls.post("/login", { uname, pwd: "wrong horse" });
    const { token } = rsOf<Entered>(await this.#calls.post("/login", { uname, pwd: PASSWORD, client_id: 123 }));
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<number>();
    new Wire(this.#at, { uid, token }, true, {
      open: () => opened.resolve(),
      end: (code, status) => {
        opened.reject(new Error(`the upgrade was answered ${status}`));
        closed.resolve(code);
      },
    });
    await opened.promise;
    const next = rsOf<string>(await this.#calls.post("/refresh_token", { uid, client_id: 123, token }));
    await this.#calls.post("/logout", { token: next });
    const code = await closed.promise;
    if (code !== CLOSE.loggedOut) throw new Error(`a logout closed the socket with ${code}`);
  }
}
